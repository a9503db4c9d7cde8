using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// The fixed part of every path of a model to its output. Straight through the residual stream: P diag(g_p). Through block l' and head h:
/// the matrix P diag(g_p) W_O^h W_V^h diag(g1) that takes what is in the stream at a token to the output, kept as its two factors through
/// the head's value space. Worked out once for a tower; all studies of it share them, from any thread, and they are disposed with it.
/// </summary>
internal sealed class OutputPaths : IDisposable
{
    private readonly ITower tower;
    private readonly Tensor[] left;
    private readonly Tensor[] right;
    private readonly Dictionary<int, BiasShare> biasShares = [];

    private OutputPaths(ITower tower)
    {
        // They outlive the work that asked for them first, and so must not be tied to its mode.
        using var mode = inference_mode(false);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        this.tower = tower;
        HeadWidth = tower.Config.Width / tower.Config.Heads;
        ProjectionAfterNorm = tower.Projection.t().mul(tower.PostGain).contiguous().DetachFromDisposeScope();
        Direct = tower.Projection.mul(tower.PostGain.unsqueeze(1)).DetachFromDisposeScope();
        NormBias = tower.PostBias.matmul(tower.Projection).DetachFromDisposeScope();
        left = [.. tower.Blocks.Select(LeftFactors)];
        right = [.. tower.Blocks.Select(RightFactors)];
    }

    /// <summary>The tower's paths; they belong to the tower.</summary>
    public static OutputPaths For(ITower tower) => tower.Companion(() => new OutputPaths(tower));

    /// <summary>Width of a head's value space.</summary>
    public int HeadWidth { get; }

    /// <summary>P' = P diag(g_p): [d, d'].</summary>
    public Tensor ProjectionAfterNorm { get; }

    /// <summary>diag(g_p) times the output matrix as stored, the transpose of P': [d', d].</summary>
    public Tensor Direct { get; }

    /// <summary>P b_p, what the bias of <c>ln_post</c> adds to the output: [d].</summary>
    public Tensor NormBias { get; }

    /// <summary>Number K of (later block, head) pairs behind a block.</summary>
    public int PathCount(int layer) => (tower.Config.Layers - 1 - layer) * tower.Config.Heads;

    /// <summary>P' W_O^h for every later block and head, in that order: [K, d, d_head].</summary>
    public Tensor Left(int layer) => cat(left[(layer + 1)..], 0);

    /// <summary>W_V^h diag(g1) for every later block and head: [K, d_head, d'].</summary>
    public Tensor Right(int layer) => cat(right[(layer + 1)..], 0);

    /// <summary>What <paramref name="count"/> neurons from <paramref name="first"/> write, in the value space of every later head: [K,
    /// d_head, count].</summary>
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

    /// <summary>The same of any of a block's neurons: [n, K, d].</summary>
    public Tensor Directions(int layer, IReadOnlyList<int> neurons)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Tensor later = Left(layer), values = Right(layer), written = tower.Blocks[layer].ProjWeight;
        return cat([.. neurons.Select(neuron => later.bmm(values.matmul(written.narrow(1, neuron, 1))).permute(2, 0, 1))], 0)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The share of all biases and means that every neuron of a block has.</summary>
    public BiasShare BiasShare(int layer)
    {
        lock (biasShares)
        {
            if (!biasShares.TryGetValue(layer, out var share)) biasShares[layer] = share = new BiasShare(tower, this, layer);
            return share;
        }
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { ProjectionAfterNorm, Direct, NormBias }.Concat(left).Concat(right)) tensor.Dispose();
        foreach (var share in biasShares.Values) share.Dispose();
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
