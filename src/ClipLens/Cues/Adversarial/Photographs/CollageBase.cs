using ClipLens.Compute;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>A square photograph of the true class that things can be pasted into where the class is not.</summary>
/// <param name="Name">The photograph.</param>
/// <param name="Side">Its side in pixels.</param>
/// <param name="Pixels">Side x Side x 4 bytes, opaque.</param>
/// <param name="Mask">Side x Side: not 0 where the true class is.</param>
internal sealed record CollageBase(string Name, int Side, byte[] Pixels, byte[] Mask)
{
    private const int Attempts = 40, Shrinkings = 3;
    private const double LeastSize = 0.32, MostSize = 0.5, Shrink = 0.8, MostCovered = 0.12;
    private readonly int[] sums = Sums(Mask, Side);
    private readonly Lazy<PictureFile> plain = new(() => CollageCanvas.Paste(Side, Pixels, []));

    /// <summary>The photograph with nothing pasted in.</summary>
    public PictureFile Plain => plain.Value;

    /// <summary>A seeded place for a cut-out: among those that cover little of the true class and of what was pasted before, the first
    /// tried; the least bad one if there is none.</summary>
    /// <param name="random">Decides place and size.</param>
    /// <param name="width">Columns of the cut-out.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="taken">Places of cut-outs that are there already.</param>
    public PastePlace Place(SeededRandom random, int width, int height, IReadOnlyList<PastePlace> taken)
    {
        double size = Side * (LeastSize + (MostSize - LeastSize) * Uniform(random));
        (PastePlace best, double least) = (default, double.MaxValue);
        for (int shrunk = 0; shrunk <= Shrinkings; shrunk++, size *= Shrink)
        {
            double scale = size / Math.Max(width, height);
            int w = Math.Max(1, (int)(width * scale)), h = Math.Max(1, (int)(height * scale));
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                var place = new PastePlace(random.Below(Side - w + 1), random.Below(Side - h + 1), w, h);
                double covered = Covered(place), cost = covered + taken.Sum(other => other.Overlap(place));
                if (cost < least) (best, least) = (place, cost);
                if (cost <= MostCovered) return place;
            }
        }
        return best;
    }

    /// <summary>The share of the true class that lies in a rectangle.</summary>
    public double Covered(PastePlace place)
    {
        int all = sums[^1], stride = Side + 1;
        int inside = sums[(place.Top + place.Height) * stride + place.Left + place.Width] - sums[place.Top * stride + place.Left
            + place.Width]
            - sums[(place.Top + place.Height) * stride + place.Left] + sums[place.Top * stride + place.Left];
        return all > 0 ? (double)inside / all : 0;
    }

    private static double Uniform(SeededRandom random) => (random.Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Pixels of the mask above and to the left of each place.</summary>
    private static int[] Sums(byte[] mask, int side)
    {
        int stride = side + 1;
        var sums = new int[stride * stride];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + sums[(y + 1) * stride + x] - sums[y * stride + x]
                + (mask[y * side + x] != 0 ? 1 : 0);
        return sums;
    }
}

/// <summary>Where a cut-out lies, in pixels.</summary>
internal readonly record struct PastePlace(int Left, int Top, int Width, int Height)
{
    /// <summary>The share of the other place that lies in this one.</summary>
    public double Overlap(PastePlace other)
    {
        int width = Math.Min(Left + Width, other.Left + other.Width) - Math.Max(Left, other.Left);
        int height = Math.Min(Top + Height, other.Top + other.Height) - Math.Max(Top, other.Top);
        return width > 0 && height > 0 ? (double)width * height / ((double)other.Width * other.Height) : 0;
    }
}
