using ClipLens.Compute;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>A forward pass from which the heat of a region is split by neuron.</summary>
/// <param name="Trace">The forward pass of one image.</param>
/// <param name="Spread">How the method spread the heat; null where it did not.</param>
/// <param name="Grid">Patches along a side.</param>
/// <param name="FirstPatch">Tokens before the patches: 1 where there is a class token.</param>
internal sealed record ExplainedPass(ForwardTrace Trace, AttentionSpread? Spread, int Grid, int FirstPatch)
{
    /// <summary>How much each token's unspread heat counts for a region of the image.</summary>
    /// <param name="mask">The share of the region in each pixel of the square: [size, size].</param>
    /// <returns>The class token, where there is one, which counts for nothing, and the patches: [T].</returns>
    public Tensor Region(Tensor mask)
    {
        using var scope = NewDisposeScope();
        var patches = nn.functional.adaptive_avg_pool2d(mask.unsqueeze(0).unsqueeze(0), [Grid, Grid]).flatten();
        if (Spread is not null) patches = Spread.Back(Trace, patches.With(Trace.Representation));
        return cat([zeros(FirstPatch, device: patches.device), patches], 0).MoveToOuterDisposeScope();
    }
}
