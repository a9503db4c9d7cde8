using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Ablation;

public class EffectComparisonTests
{
    [Fact]
    public void Means_effects_and_mean_ablations_equal_the_plain_computation()
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation();
        int[] neurons = [3, 100];
        var stop = TestContext.Current.CancellationToken;
        var options = new WorkOptions { Cancellation = stop };
        using var means = ActivationMeans.Measure(tiny.Tower, tiny.Images, 1, options, batch: 4);
        var effects = NeuronEffects.Measure(tiny.Tower, tiny.Images, 1, neurons, means, options);
        var scores = MeanAblation.Run(tiny.Tower, tiny.Images, tiny.Labels, tiny.Classifier, 1, means, options);

        using var _ = inference_mode();
        var second = new SecondOrder(tiny.Tower, [1]);
        var first = new FirstOrder(tiny.Tower);
        var request = second.Request with { ClassParts = true, ResidMid = [1] };
        var trace = tiny.Tower.Trace(tiny.Pixels(), request);
        Near(trace.MlpPost[1].mean([0]), means.Tokens);
        Near(second.Effects(trace, 1).transpose(0, 1)[3], effects[EffectKind.SecondOrder][0]);
        Near(first.Neurons(trace, 1, neurons).transpose(0, 1), effects[EffectKind.FirstOrder]);
        Near(first.Mlp(trace, 1).mean([0]), means.FirstOrder);
        var replaced = tiny.Tower.Continue(trace.ResidMid[1] + tiny.Tower.Blocks[1].Write(means.Tokens), 2);
        Assert.Equal(replaced.matmul(tiny.Classifier).argmax(1).data<long>().Select(label => (int)label), scores[EffectKind.Indirect]
            .Predicted);
        Assert.All(effects.Values, tensor => tensor.Dispose());
    }

    [Fact]
    public void Concentration_is_one_for_effects_in_one_direction_and_counts_the_top_images()
    {
        using var scope = NewDisposeScope();
        float[] amounts = [4, -1, 1, -4, 0, 0, 0, 0];
        var effects = stack([tensor(amounts).unsqueeze(1) * randn(5) + randn(5), randn(8, 5)]);
        var measured = EffectConcentration.Measure(effects, 2);
        Assert.Equal(1, measured.Explained[0], 5);
        Assert.InRange(measured.Explained[1], 0.5, 1);
        Assert.Equal(32.0 / 34, measured.TopShare[0], 5);
        var error = Assert.Throws<ClipLensException>(() => EffectConcentration.Measure(effects, 9));
        Assert.Contains("9 top images of a neuron were asked for, but there are 8 images", error.Message);
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 2e-5);
}
