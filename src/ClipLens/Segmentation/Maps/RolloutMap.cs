using ClipLens.Models;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// A baseline that knows no class: attention rollout (Abnar, Zuidema 2020), the product over all blocks of the heads' mean attention, half
/// of it the residual stream.
/// </summary>
/// <param name="tower">The image tower.</param>
internal sealed class RolloutMap(ImageTower tower) : IHeatSource
{
    public TraceRequest Request { get; } = new()
    {
        MeanPattern = [.. Enumerable.Range(0, tower.Config.Layers)],
        Attention = tower.Pool is null ? [] : [tower.Config.Layers],
    };

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var last = trace.MeanPattern[tower.Config.Layers - 1];
        // From what is read out downwards: a row at a time instead of products of whole matrices.
        var row = zeros(last.shape[0], 1, last.shape[1], device: last.device);
        if (tower.Pool is not null) row.copy_(trace.Attention[tower.Config.Layers].Pattern.mean([1], keepdim: true));
        else if (tower.Config.Pooling == VisionPooling.Average) tower.Patches(row, 2)
            .fill_(1.0 / (last.shape[1] - tower.Config.FirstPatch));
        else row.select(2, 0).fill_(1);
        for (int block = tower.Config.Layers - 1; block >= 0; block--) row = (row + row.bmm(trace.MeanPattern[block])) * 0.5;
        return tower.Patches(row, 2).expand(-1, directions.shape[0], -1).contiguous().MoveToOuterDisposeScope();
    }
}
