using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

public class IndirectEffectsTests
{
    [SharedFact]
    public void Effects_of_block_9_equal_true_forward_passes_of_the_released_code()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var tower = Golden.ImageTower();
        int[] neurons = Golden.Load("first-order-and-indirect", "neurons").data<int>().ToArray();
        using var effects = new IndirectEffects(tower, 9, neurons, Golden.Load("first-order-and-indirect", "mean_post_gelu.layer9"));
        var delta = effects.Measure(tower.Trace(Golden.FourPhotos(), effects.Request), TestContext.Current.CancellationToken);
        Assert.InRange(Golden.RelativeError(delta, Golden.Load("first-order-and-indirect", "indirect.delta_f64")), 0, 1e-4);
    }

    // An effect is a small difference of two float32 outputs: the bound is that of the golden effects, a ten-thousandth of the largest
    // entry. 4 blocks: two general ones after block 0, a shifted and the last after 1, the last alone after 2, none after 3.
    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3)]
    public void Effects_equal_forward_passes_with_the_activation_replaced(int layer)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var folder = new ScratchFolder();
        using var model = ClipModel.Load(TinyModel.Write(folder.Path));
        var tower = model.Image;
        int[] neurons = [5, 99, 2];
        var mean = randn(tower.Config.Tokens, 128);
        using var effects = new IndirectEffects(tower, layer, neurons, mean);
        var trace = tower.Trace(randn(2, 3, 32, 32), effects.Request);
        var actual = effects.Measure(trace, TestContext.Current.CancellationToken);
        for (int i = 0; i < neurons.Length; i++)
            Assert.InRange(Golden.RelativeError(actual.select(1, i), Replaced(tower, trace, layer, mean, [neurons[i]])), 0, 1e-4);
        var all = IndirectEffects.OfAll(tower, trace, layer, mean);
        Assert.InRange(Golden.RelativeError(all, Replaced(tower, trace, layer, mean, [.. Enumerable.Range(0, 128)])), 0, 1e-4);
    }

    /// <summary>The plain way: the neurons' activations overwritten, then the rest of the forward pass.</summary>
    private static Tensor Replaced(ImageTower tower, ForwardTrace trace, int layer, Tensor mean, int[] neurons)
    {
        var changed = trace.MlpPost[layer].clone();
        foreach (int neuron in neurons) changed.select(2, neuron).copy_(mean.select(1, neuron).expand(2, -1));
        var output = tower.Continue(trace.ResidMid[layer] + tower.Blocks[layer].Write(changed), layer + 1);
        return 100 * (nn.functional.normalize(output, 2, 1) - nn.functional.normalize(trace.Representation, 2, 1));
    }
}
