using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Layout;

/// <summary>
/// Lays points out in a plane so that neighbours lie side by side: neighbours pull each other, points drawn at random push each other
/// away, both ever less (as UMAP does it; McInnes, Healy, Melville 2018, with the kernel 1 / (1 + distance^2)). The same points give the
/// same plane.
/// </summary>
internal static class PlaneLayout
{
    private const int Neighbours = 12, Pushed = 4;
    private const float Steepest = 4, Spread = 12;

    /// <summary>Places in the unit square: [n] pairs.</summary>
    /// <param name="points">The points: [n, d].</param>
    /// <param name="cancellation">Stops between rounds.</param>
    public static (float X, float Y)[] Place(Tensor points, CancellationToken cancellation = default)
    {
        // The bits must not depend on how many threads whatever came before has left to libtorch.
        using var threads = TorchThreads.One();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        int n = (int)points.shape[0], count = Math.Min(Neighbours, n - 1);
        if (n < 3) return [.. Enumerable.Range(0, n).Select(i => (i * 1f, 0.5f))];
        int[] neighbours = NeighbourGraph.Find(points, count);
        float[] places = Begin(points);
        var random = new SeededRandom(1);
        int rounds = n > 20_000 ? 80 : 160;
        for (int round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            Round(places, neighbours, count, 1 - (float)round / rounds, random);
        }
        return Fit(places);
    }

    /// <summary>The first two principal coordinates, a little shaken: points that fall together could never part.</summary>
    private static float[] Begin(Tensor points)
    {
        using var scope = NewDisposeScope();
        var plane = NeighbourGraph.Principal(points, 2);
        float[] places = (plane / plane.abs().max().clamp_min(1e-12) * Spread).contiguous().data<float>().ToArray();
        var random = new SeededRandom(0);
        for (int i = 0; i < places.Length; i++) places[i] += random.Below(2001) * 1e-4f - 0.1f;
        return places;
    }

    private static void Round(float[] places, int[] neighbours, int count, float rate, SeededRandom random)
    {
        int n = places.Length / 2;
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < count; k++)
            {
                Move(places, i, neighbours[i * count + k], rate, pull: true);
                for (int push = 0; push < Pushed; push++)
                {
                    int other = (int)((random.Next() >> 33) % (ulong)n);
                    if (other != i) Move(places, i, other, rate, pull: false);
                }
            }
        }
    }

    private static void Move(float[] places, int own, int other, float rate, bool pull)
    {
        float x = places[2 * own] - places[2 * other], y = places[2 * own + 1] - places[2 * other + 1], far = x * x + y * y;
        float force = pull ? -2 / (1 + far) : 2 / ((0.001f + far) * (1 + far));
        float dx = Math.Clamp(force * x, -Steepest, Steepest) * rate, dy = Math.Clamp(force * y, -Steepest, Steepest) * rate;
        places[2 * own] += dx;
        places[2 * own + 1] += dy;
        if (!pull) return;
        places[2 * other] -= dx;
        places[2 * other + 1] -= dy;
    }

    /// <summary>Into the unit square, of which the outermost points in a thousand are moved to the edge.</summary>
    private static (float X, float Y)[] Fit(float[] places)
    {
        var (left, right) = Bounds(places, 0);
        var (top, bottom) = Bounds(places, 1);
        float side = Math.Max(Math.Max(right - left, bottom - top), 1e-12f);
        float beginX = (left + right - side) / 2, beginY = (top + bottom - side) / 2;
        return [.. Enumerable.Range(0, places.Length / 2).Select(i =>
            (Math.Clamp((places[2 * i] - beginX) / side, 0, 1), Math.Clamp((places[2 * i + 1] - beginY) / side, 0, 1)))];
    }

    private static (float Low, float High) Bounds(float[] places, int axis)
    {
        float[] sorted = [.. Enumerable.Range(0, places.Length / 2).Select(i => places[2 * i + axis]).Order()];
        int cut = sorted.Length / 1000;
        return (sorted[cut], sorted[^(1 + cut)]);
    }
}
