using ClipLens.Neurons;
using ClipLens.Runs.Parts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Neurons;

/// <summary>Sums on grids are exact up to the number of images that a run of parts may have.</summary>
public class GridTests
{
    private const double Exact = 1L << 53;

    [Theory]
    [InlineData(Grid.SumBits, Grid.MostImages, 16)]
    [InlineData(Grid.SumBits, Grid.MostImages / 3, 128)]
    [InlineData(Grid.NormBits, Grid.MostImages, 128)]
    public void As_many_images_as_allowed_add_up_exactly_though_all_are_larger_than_the_sample_was(int bits, int images, int growth)
    {
        using var scope = NewDisposeScope();
        // One that is not a power of two, so that the grid is as fine as it gets below it.
        var largest = tensor(new[] { 0.75f });
        using var rounder = Grid.Rounder(largest, bits);
        // What is added and taken off is one and a half times the grid's step times 2^52.
        double step = rounder.item<double>() / 1.5 / (1L << 52);
        Assert.Equal(Math.Pow(2, -bits), step);
        Assert.InRange(images * (double)growth * 0.75 / step, 0, Exact);
    }

    [Fact]
    public void Products_of_representations_add_up_exactly_in_a_third_of_the_images_however_large_they_are()
    {
        double step = Math.Pow(2, -2 * Grid.RepresentationBits);
        Assert.Equal(Exact, Grid.MostImages / 3 / step);
    }

    [Fact]
    public void Values_on_a_grid_come_to_the_same_sum_in_any_order_and_others_do_not()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var values = randn(100_000, dtype: ScalarType.Float64);
        using var rounder = Grid.Rounder(values.abs().max(), Grid.SumBits);
        Assert.NotEqual(Sum(values, 1), Sum(values, -1));
        var rounded = Grid.Round(values, rounder);
        Assert.Equal(Sum(rounded, 1), Sum(rounded, -1));
        Assert.InRange((rounded - values).abs().max().item<double>(), 0, values.abs().max().item<double>() * Math.Pow(2, -Grid.SumBits));

        static double Sum(Tensor values, int direction)
        {
            double[] all = values.data<double>().ToArray();
            if (direction < 0) Array.Reverse(all);
            return all.Aggregate(0.0, (sum, value) => sum + value);
        }
    }

    [Fact]
    public void More_images_than_that_are_refused_in_parts()
    {
        ShardedAnalysis.CheckNumber(1_281_167);
        Assert.Equal("A run of parts takes at most 1572864 images, beyond which its sums would no longer be exact, and 1572865 were given; "
            + "analyze them whole, or in several runs.",
            Assert.Throws<ClipLensException>(() => ShardedAnalysis.CheckNumber(1_572_865)).Message);
    }
}
