using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Tests.Neurons;

public class PrincipalDirectionsTests
{
    [Theory, InlineData(10, 24), InlineData(24, 10), InlineData(1, 5)]
    public void Equal_the_singular_value_decomposition(int images, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var effects = randn(7, images, width) + 2 * randn(7, 1, width);
        var (directions, explained) = PrincipalDirections.Decompose(effects);
        var (_, values, vectors) = linalg.svd(effects.to(ScalarType.Float64), fullMatrices: false);
        var cosines = (directions * vectors.select(1, 0)).sum(-1).abs();
        Assert.InRange(cosines.min().item<double>(), 1 - 1e-6, 1 + 1e-6);
        var expected = values.select(1, 0).square() / values.square().sum(-1);
        Assert.InRange((explained - expected).abs().max().item<double>(), 0, 1e-6);
    }

    [Fact]
    public void Nearly_equal_singular_values_are_parted_by_the_full_decomposition()
    {
        using var scope = NewDisposeScope();
        var effects = zeros(1, 3, 4);
        effects[0, 0, 1] = 1.0005f;
        effects[0, 1, 2] = 1f;
        effects[0, 2, 1] = 0.0005f;
        var (directions, _) = PrincipalDirections.Decompose(effects);
        Assert.Equal(1, directions[0, 1].item<float>(), 1e-4);
    }

    [Fact]
    public void Released_rule_counts_images_and_the_default_weighs_them()
    {
        using var scope = NewDisposeScope();
        // Many weak images on one side, one strong one on the other, as among too many top images.
        var effects = tensor(new[] { -1f, 0, -1f, 0, 3f, 0 }, [1, 3, 2]);
        var (counted, explained) = PrincipalDirections.Decompose(effects, DirectionSign.Majority);
        Assert.Equal(-1, counted[0, 0].item<float>(), 1e-6);
        Assert.Equal(1, explained[0].item<float>(), 1e-6);
        var (weighed, _) = PrincipalDirections.Decompose(effects);
        Assert.Equal(1, weighed[0, 0].item<float>(), 1e-6);
        // Even where the weak ones together are longer: their squares say less.
        var (many, _) = PrincipalDirections.Decompose(tensor(new[] { -1f, -1f, -1f, -1f, 3f }, [1, 5, 1]));
        Assert.Equal(1, many[0, 0].item<float>(), 1e-6);
        // A tie of the votes: the sum decides.
        var (tied, _) = PrincipalDirections.Decompose(tensor(new[] { -1f, 0, 3f, 0 }, [1, 2, 2]), DirectionSign.Majority);
        Assert.Equal(1, tied[0, 0].item<float>(), 1e-6);
    }

    [Fact]
    public void Effects_that_are_all_zero_give_no_direction_and_no_variance()
    {
        using var scope = NewDisposeScope();
        var (directions, explained) = PrincipalDirections.Decompose(zeros(2, 3, 4));
        Assert.True(directions.isfinite().all().item<bool>());
        Assert.Equal(0, explained.abs().max().item<float>());
    }
}
