using ClipLens.Effects;
using ClipLens.Evaluation;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Tests.Evaluation;

public class AblationTests
{
    [Fact]
    public void Ablations_from_coefficients_equal_those_of_the_effects_themselves()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var model = new RandomModel();
        using var effects = new SecondOrder(model.Tower, [1]);
        var trace = model.Tower.Trace(model.Pixels(9), effects.Request);
        var phi = effects.Effects(trace, 1);
        var (mean, threshold) = (phi.mean([0]) * 1.5, phi.sub(phi.mean([0]) * 1.5).norm(-1).quantile(tensor(0.7f), 0).flatten());
        var layer = Neurons(1, mean, threshold);
        DirectionSet normalised = new("a", randn(48, 16)), released = new("b", randn(48, 16), IsNormalised: false);

        var centred = phi - mean;
        var isLarge = centred.norm(-1).gt(threshold);
        var (coefficients, bias) = effects.Factors(trace, 1);
        NeuronRange[] ranges = [new(1, 0, 31), new(1, 31, 17)];
        foreach (var range in ranges)
        {
            using var tables = new AblationTables(effects.Paths, layer, range, [normalised, released]);
            var changes = tables.Of(coefficients.narrow(1, range.First, range.Count), bias);
            var own = centred.narrow(1, range.First, range.Count);
            var large = isLarge.narrow(1, range.First, range.Count);
            Near(own.norm(-1).t(), changes.Norms);
            Assert.True(large.t().equal(changes.IsLarge).all().item<bool>());
            Near(own.sum(1), changes.All);
            Near((own * large.unsqueeze(2)).sum(1), changes.Large);
            Tensor a = normalised.Directions.narrow(0, range.First, range.Count), b = released.Directions.narrow(0, range.First, range.Count);
            var unit = a / a.norm(1, keepdim: true);
            Near(((own * unit).sum(-1, keepdim: true) * unit).sum(1), changes.Kept[0]);
            Near(((own * b).sum(-1, keepdim: true) * b).sum(1), changes.Kept[1]);
            Near((own * unit).sum(-1).t().square(), changes.KeptSquares.select(2, 0));
        }
    }

    private static LayerNeurons Neurons(int index, Tensor mean, Tensor threshold) => new()
    {
        Layer = index,
        Count = (int)mean.shape[0],
        Width = (int)mean.shape[1],
        Top = 1,
        Mean = mean.contiguous().data<float>().ToArray(),
        Direction = new float[mean.numel()],
        VarianceExplained = new float[mean.shape[0]],
        TopImages = new int[mean.shape[0]],
        TopNorms = new float[mean.shape[0]],
        Threshold = threshold.contiguous().data<float>().ToArray(),
    };

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 2e-5);
}
