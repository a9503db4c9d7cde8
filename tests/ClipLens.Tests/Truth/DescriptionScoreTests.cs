using ClipLens.Compute;
using ClipLens.Statistics;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Tests.Truth;

public class DescriptionScoreTests
{
    [Fact]
    public void Average_precision_is_the_mean_precision_at_the_positive_items()
    {
        // In order: positive, negative, positive, negative.
        Assert.Equal((1 + 2.0 / 3) / 2, Ranking.AveragePrecision(Ranking.Ranks([0.9f, 0.5f, 0.7f, 0.1f]), [0, 1]), 9);
        Assert.Equal(0.25, Ranking.AveragePrecision(Ranking.Ranks([1, 1, 1, 1]), [2]), 9);
        Assert.Equal(double.NaN, Ranking.AveragePrecision(Ranking.Ranks([1, 2]), []));
    }

    [Fact]
    public void The_correlation_is_of_what_varies()
    {
        Assert.Equal(1, Correlation.Pearson([1, 2, 3], [10, 20, 30]), 9);
        Assert.Equal(-0.5, Correlation.Pearson([1, 2, 3], [3, 1, 2]), 9);
        Assert.Equal(double.NaN, Correlation.Pearson([1, 1, 1], [3, 1, 2]));
    }

    [Fact]
    public void A_description_is_scored_by_what_it_says_and_one_that_says_nothing_counts_as_chance()
    {
        using var scope = NewDisposeScope();
        var images = tensor(new float[,] { { 1, 0 }, { 0.8f, 0.6f }, { 0, 1 }, { -1, 0 } });
        var scores = new DescriptionScores(images, [[9, 5, 2, 1], [1, 1, 1, 9]], new float[] { 4, 4 });
        var said = scores.Say(tensor(new double[,] { { 1, 0 }, { 0, 0 } }));
        Assert.Equal([1, 0.8f, 0, -1], said[0]);
        var own = scores.Score(0, said[0]);
        Assert.Equal((1, 1), (own.Auroc, own.AveragePrecision));
        Assert.InRange(own.Pearson, 0.8, 0.99);
        Assert.Equal(new NeuronScore(0.5, 0.25, 0, 0), scores.Score(1, said[1]));
    }

    [Fact]
    public void A_norm_that_grows_by_factors_is_told_better_by_the_exponential()
    {
        using var scope = NewDisposeScope();
        // Of the images is said -1, 0 and 1 standard deviations times the root of 1.5; the norms are e to the half of it.
        float z = MathF.Sqrt(1.5f);
        var scores = new DescriptionScores(tensor(new float[,] { { -2 }, { 0 }, { 2 } }),
            [[MathF.Exp(-z / 2), 1, MathF.Exp(z / 2)]], new float[] { 1.5f });
        var own = scores.Score(0, [3, 4, 5]);
        Assert.Equal(1, own.ExponentialPearson, 6);
        Assert.InRange(own.Pearson, 0.9, 0.99);
    }

    [Fact]
    public void Sanity_tests_take_half_of_the_claims_or_add_as_many()
    {
        float[] said = [.. Enumerable.Range(0, 100).Select(image => (float)image)];
        float[] without = SanityTests.WithoutHalf(said, new SeededRandom(1));
        Assert.Equal(5, said.Zip(without).Count(pair => pair.First != pair.Second));
        Assert.All(Enumerable.Range(0, 90), image => Assert.Equal(said[image], without[image]));
        Assert.Equal(5, without.Count(value => value >= 90));
        float[] with = SanityTests.WithFalse(said, new SeededRandom(1));
        Assert.Equal(20, with.Count(value => value >= 90));
        Assert.All(Enumerable.Range(90, 10), image => Assert.Equal(said[image], with[image]));
    }
}
