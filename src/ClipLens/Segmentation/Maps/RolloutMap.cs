using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// A baseline that knows no class: attention rollout (Abnar, Zuidema 2020), the product over all blocks of the heads' mean attention, half
/// of it the residual stream.
/// </summary>
/// <param name="tower">The image tower.</param>
internal sealed class RolloutMap(ImageTower tower) : IHeatSource
{
    public TraceRequest Request { get; } = new() { MeanPattern = [.. Enumerable.Range(0, tower.Config.Layers)] };

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var last = trace.MeanPattern[tower.Config.Layers - 1];
        // From the class token downwards: a row at a time instead of products of whole matrices.
        var row = zeros(last.shape[0], 1, last.shape[1]);
        row.select(2, 0).fill_(1);
        for (int block = tower.Config.Layers - 1; block >= 0; block--) row = (row + row.bmm(trace.MeanPattern[block])) * 0.5;
        return row.narrow(2, 1, row.shape[2] - 1).expand(-1, directions.shape[0], -1).contiguous().MoveToOuterDisposeScope();
    }
}
