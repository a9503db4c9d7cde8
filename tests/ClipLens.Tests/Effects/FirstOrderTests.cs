using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

public class FirstOrderTests
{
    [SharedFact]
    public void Effects_of_heads_and_MLPs_equal_the_released_code()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var tower = Golden.ImageTower();
        var first = new FirstOrder(tower);
        var parts = first.Parts(tower.Trace(Golden.FourPhotos(), FirstOrder.Request));
        var mlps = cat([parts.Embedding.unsqueeze(1), parts.Mlps], 1);
        Assert.InRange(Golden.RelativeError(mlps, Golden.Load("first-order-and-indirect", "first_order.mlps")), 0, 1e-5);
        Assert.InRange(Golden.RelativeError(parts.Heads, Golden.Load("first-order-and-indirect", "first_order.attentions_per_head")), 0,
            1e-5);
        Assert.InRange(Golden.RelativeError(parts.Heads.sum(2), Golden.Load("first-order-and-indirect", "first_order.attentions")), 0,
            1e-5);
    }

    [Fact]
    public void All_parts_add_up_to_the_output_and_neurons_to_their_MLP()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var folder = new ScratchFolder();
        using var model = ClipModel.Load(TinyModel.Write(folder.Path));
        var first = new FirstOrder(model.Image);
        var trace = model.Image.Trace(randn(3, 3, 32, 32), FirstOrder.Request);
        var parts = first.Parts(trace);
        var sum = parts.Embedding + parts.Heads.sum([1, 2]) + parts.Mlps.sum(1);
        Assert.InRange(Golden.RelativeError(sum, 100 * nn.functional.normalize(trace.Representation, 2, 1)), 0, 1e-5);
        var neurons = first.Neurons(trace, 1, [.. Enumerable.Range(0, 128)]);
        Assert.InRange(Golden.RelativeError(neurons.sum(1), parts.Mlps.select(1, 1)), 0, 1e-5);
        Assert.InRange(Golden.RelativeError(first.Mlp(trace, 1), parts.Mlps.select(1, 1)), 0, 1e-6);
        Assert.InRange(Golden.RelativeError(first.Neurons(trace, 1, [77]).squeeze(1), neurons.select(1, 77)), 0, 1e-6);
    }
}
