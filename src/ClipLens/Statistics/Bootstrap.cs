using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Statistics;

/// <summary>A 95 % confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public sealed record Interval(double Low, double High);

/// <summary>Confidence intervals by drawing the images anew with replacement; the same draws for all quantities, so differences are
/// paired.</summary>
internal static class Bootstrap
{
    private const int Chunk = 128;

    /// <summary>Percentile intervals of means over images.</summary>
    /// <param name="columns">Quantities, a value an image each; small whole numbers, so that sums are exact in any order.</param>
    /// <param name="resamples">Draws.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <returns>An interval a quantity.</returns>
    public static IReadOnlyList<Interval> OfMeans(IReadOnlyList<float[]> columns, int resamples = 2000, ulong seed = 0)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        int images = columns[0].Length;
        var values = stack(columns.Select(column => tensor(column)), 1);
        var random = new SeededRandom(seed);
        var means = new List<Tensor>();
        for (int first = 0; first < resamples; first += Chunk)
        {
            using var inner = NewDisposeScope();
            var counts = Draws(Math.Min(Chunk, resamples - first), images, random);
            means.Add(counts.matmul(values).div_(images).MoveToOuterDisposeScope());
        }
        var sorted = cat(means, 0).to(ScalarType.Float64).sort(0).Values.t().contiguous();
        return [.. Enumerable.Range(0, columns.Count).Select(i =>
        {
            double[] column = sorted[i].data<double>().ToArray();
            return new Interval(Quantiles.OfSorted(column, 0.025), Quantiles.OfSorted(column, 0.975));
        })];
    }

    private static Tensor Draws(int resamples, int images, SeededRandom random)
    {
        var counts = new float[(long)resamples * images];
        for (int row = 0; row < resamples; row++)
            for (int i = 0; i < images; i++) counts[row * images + random.Below(images)]++;
        return tensor(counts, [resamples, images]);
    }
}
