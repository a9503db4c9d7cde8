using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// The fixed part of every second-order path of a model: for block l' and head h the matrix P diag(g_p) W_O^h W_V^h diag(g1) that takes
/// what is in the residual stream at a token to the output, kept as its two factors through the head's value space.
/// </summary>
internal sealed class OutputPaths : IDisposable
{
    private readonly ImageTower tower;
    private readonly Tensor[] left;
    private readonly Tensor[] right;

    public OutputPaths(ImageTower tower)
    {
        using var _ = no_grad();
        this.tower = tower;
        HeadWidth = tower.Config.Width / tower.Config.Heads;
        ProjectionAfterNorm = tower.Projection.t().mul(tower.PostGain).contiguous().DetachFromDisposeScope();
        left = [.. tower.Blocks.Select(LeftFactors)];
        right = [.. tower.Blocks.Select(RightFactors)];
    }

    /// <summary>Width of a head's value space.</summary>
    public int HeadWidth { get; }

    /// <summary>P' = P diag(g_p): [d, d'].</summary>
    public Tensor ProjectionAfterNorm { get; }

    /// <summary>Number K of (later block, head) pairs behind a block.</summary>
    public int PathCount(int layer) => (tower.Config.Layers - 1 - layer) * tower.Config.Heads;

    /// <summary>P' W_O^h for every later block and head, in that order: [K, d, d_head].</summary>
    public Tensor Left(int layer) => cat(left[(layer + 1)..], 0);

    /// <summary>W_V^h diag(g1) for every later block and head: [K, d_head, d'].</summary>
    public Tensor Right(int layer) => cat(right[(layer + 1)..], 0);

    /// <summary>What <paramref name="count"/> neurons from <paramref name="first"/> write, in the value space of every later head: [K, d_head, count].</summary>
    public Tensor Values(int layer, int first, int count)
    {
        using var scope = NewDisposeScope();
        return Right(layer).matmul(tower.Blocks[layer].ProjWeight.narrow(1, first, count)).MoveToOuterDisposeScope();
    }

    /// <summary>The directions U of a block's neurons, one for every later block and head: [count, K, d].</summary>
    public Tensor Directions(int layer, int first, int count)
    {
        using var scope = NewDisposeScope();
        return Left(layer).bmm(Values(layer, first, count)).permute(2, 0, 1).contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        ProjectionAfterNorm.Dispose();
        foreach (var tensor in left.Concat(right)) tensor.Dispose();
    }

    private Tensor LeftFactors(TransformerBlock block)
    {
        using var scope = NewDisposeScope();
        var joined = ProjectionAfterNorm.matmul(block.OutWeight);
        return joined.unflatten(1, [block.Heads, HeadWidth]).permute(1, 0, 2).contiguous().DetachFromDisposeScope();
    }

    private Tensor RightFactors(TransformerBlock block)
    {
        using var scope = NewDisposeScope();
        var values = block.QkvWeight.narrow(0, 2L * tower.Config.Width, tower.Config.Width).mul(block.Norm1Gain);
        return values.unflatten(0, [block.Heads, HeadWidth]).contiguous().DetachFromDisposeScope();
    }
}
