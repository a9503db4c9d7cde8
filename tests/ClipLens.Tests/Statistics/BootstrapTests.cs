using ClipLens.Compute;
using ClipLens.Statistics;

namespace ClipLens.Tests.Statistics;

public class BootstrapTests
{
    [Fact]
    public void Intervals_are_those_of_the_binomial_and_of_paired_differences()
    {
        // 400 images, 300 right; a change turns 12 of them wrong and 4 right.
        float[] before = [.. Enumerable.Range(0, 400).Select(i => i < 300 ? 1f : 0f)];
        float[] difference = [.. Enumerable.Range(0, 400).Select(i => i < 12 ? -1f : i >= 396 ? 1f : 0f)];
        var intervals = Bootstrap.OfMeans([before, difference], resamples: 4000, seed: 1);
        double deviation = Math.Sqrt(0.75 * 0.25 / 400);
        Assert.Equal(0.75 - 1.96 * deviation, intervals[0].Low, 0.005);
        Assert.Equal(0.75 + 1.96 * deviation, intervals[0].High, 0.005);
        double paired = Math.Sqrt((16.0 / 400 - 0.0004) / 400);
        Assert.Equal(-0.02 - 1.96 * paired, intervals[1].Low, 0.003);
        Assert.Equal(-0.02 + 1.96 * paired, intervals[1].High, 0.003);
        Assert.Equal(intervals, Bootstrap.OfMeans([before, difference], resamples: 4000, seed: 1));
        Assert.NotEqual(intervals[0], Bootstrap.OfMeans([before, difference], resamples: 400, seed: 2)[0]);
    }

    [Fact]
    public void Random_numbers_follow_the_published_sequence_and_are_even()
    {
        Assert.Equal(0xE220A8397B1DCDAFul, new SeededRandom(0).Next());
        var random = new SeededRandom(7);
        var counts = new int[6];
        for (int i = 0; i < 60_000; i++) counts[random.Below(6)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.Equal(Enumerable.Range(0, 50), random.Shuffled(50).Order());
        int[] partner = random.Derangement(50);
        Assert.Equal(Enumerable.Range(0, 50), partner.Order());
        Assert.All(Enumerable.Range(0, 50), i => Assert.NotEqual(i, partner[i]));
        Assert.Equal(7, random.Choose(20, 7).Distinct().Count());
    }
}
