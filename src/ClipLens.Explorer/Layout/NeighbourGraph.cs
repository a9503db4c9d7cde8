using static TorchSharp.torch;

namespace ClipLens.Explorer.Layout;

/// <summary>For every point of many the points that lie nearest to it.</summary>
internal static class NeighbourGraph
{
    /// <summary>Dimensions that neighbours are looked for in: more cost time and change few neighbours.</summary>
    private const int MostWidth = 64;

    private const int Chunk = 512;

    /// <summary>The first principal coordinates of points: [n, wanted or fewer].</summary>
    /// <param name="points">The points: [n, d].</param>
    /// <param name="wanted">Coordinates.</param>
    public static Tensor Principal(Tensor points, int wanted)
    {
        using var scope = NewDisposeScope();
        var centred = points - points.mean([0], keepdim: true);
        if (points.shape[1] <= wanted) return centred.MoveToOuterDisposeScope();
        var (_, vectors) = linalg.eigh(centred.t().matmul(centred));
        return centred.matmul(vectors.narrow(1, vectors.shape[1] - wanted, wanted).flip(1)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The nearest other points by cosine, nearest first: n times <paramref name="count"/>.</summary>
    /// <param name="points">The points: [n, d].</param>
    /// <param name="count">Neighbours of each, fewer than there are points.</param>
    public static int[] Find(Tensor points, int count)
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(Principal(points, MostWidth), 2, 1);
        int n = (int)unit.shape[0];
        int[] neighbours = new int[n * count];
        for (int first = 0; first < n; first += Chunk)
        {
            using var inner = NewDisposeScope();
            int rows = Math.Min(Chunk, n - first);
            var cosines = unit.narrow(0, first, rows).matmul(unit.t());
            var own = arange(first, first + rows).unsqueeze(1);
            cosines.scatter_(1, own, zeros(rows, 1) - 2);
            long[] places = cosines.topk(count, 1).indexes.contiguous().data<long>().ToArray();
            for (int i = 0; i < places.Length; i++) neighbours[first * count + i] = (int)places[i];
        }
        return neighbours;
    }
}
