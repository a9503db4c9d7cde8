using ClipLens.Effects;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

public class SecondOrderGoldenTests
{
    [SharedFact]
    public void Forward_pass_and_what_it_leaves_behind_equal_the_released_code()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var tower = Golden.ImageTower();
        var photos = Golden.FourPhotos();

        Assert.InRange(Golden.RelativeError(tower.Encode(photos), Golden.Load("effects", "representation")), 0, 1e-5);

        var trace = tower.Trace(photos, new() { Attention = [.. Enumerable.Range(0, 12)] });
        Assert.InRange(Golden.RelativeError(trace.Representation, Golden.Load("effects", "representation")), 0, 1e-5);
        Assert.InRange(Golden.RelativeError(trace.LnFinalMean, Golden.Load("effects", "post_ln_mean")), 0, 1e-4);
        Assert.InRange(Golden.RelativeError(trace.LnFinalScale, Golden.Load("effects", "post_ln_std")), 0, 1e-5);
        var routes = Enumerable.Range(0, 12).Select(block => trace.Attention[block]).ToList();
        Assert.InRange(Golden.RelativeError(stack(routes.Select(r => r.Pattern), 1), Golden.Load("effects", "attn_cls")), 0, 1e-5);
        Assert.InRange(Golden.RelativeError(stack(routes.Select(r => r.Ln1Mean), 1), Golden.Load("effects", "ln_1_mean")), 0, 1e-5);
        Assert.InRange(Golden.RelativeError(stack(routes.Select(r => r.Ln1Scale), 1), Golden.Load("effects", "ln_1_std")), 0, 1e-5);
    }

    [SharedTheory, InlineData(5), InlineData(9), InlineData(10)]
    public void Effects_equal_the_released_code(int layer)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var tower = Golden.ImageTower();
        var effects = new SecondOrder(tower, [10, 5, 9]);
        var trace = tower.Trace(Golden.FourPhotos(), effects.Request);
        Assert.InRange(Golden.RelativeError(effects.Effects(trace, layer), Golden.Load("effects", $"effects.layer{layer}")), 0, 1e-5);
    }
}
