using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>A baseline that knows no class: the attention from what is read out to the patches, mean over the heads of some
/// blocks, or of the attention that pools the tokens.</summary>
/// <param name="tower">The image tower.</param>
/// <param name="blocks">The blocks; the last one by default.</param>
/// <exception cref="ClipLensException">No blocks are given, or one that the tower does not have.</exception>
internal sealed class RawAttentionMap(ImageTower tower, IReadOnlyList<int>? blocks = null) : IHeatSource
{
    private readonly int[] blocks = tower.Pool is not null ? [tower.Config.Layers]
        : ReadingBlocks.Chosen(tower, blocks ?? [tower.Config.Layers - 1]);

    public TraceRequest Request => new() { Attention = [.. blocks] };

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var mean = stack(blocks.Select(block => trace.Attention[block].Pattern.mean([1])), 0).mean([0]);
        return tower.Patches(mean, 1).unsqueeze(1).expand(-1, directions.shape[0], -1).contiguous().MoveToOuterDisposeScope();
    }
}
