using ClipLens.Compute;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// First-order effects: what a part writes to the class token goes straight through the residual stream, <c>ln_post</c> (an affine map with
/// the statistics of the image) and the projection (paper, Section 3.1). The mean that <c>ln_post</c> subtracts and its bias are shared
/// equally by the embedding, the attentions and the MLPs, as in the released code, and within these by the heads and the neurons. Where an
/// attention pools the tokens, nothing goes past it: its heads are the parts, and its own MLP is the remainder.
/// </summary>
internal sealed class FirstOrder
{
    private readonly ImageTower tower;
    private readonly OutputPaths paths;

    public FirstOrder(ImageTower tower) => (this.tower, paths) = (tower, OutputPaths.For(tower));

    /// <summary>What a forward pass must keep.</summary>
    public static TraceRequest Request { get; } = new() { ClassParts = true };

    /// <summary>Parts that share what <c>ln_post</c> adds: the embedding, L attentions and L MLPs.</summary>
    private int Shares => tower.FinalShares;

    /// <summary>The effects of the embedding, every head and every MLP.</summary>
    public FirstOrderParts Parts(ForwardTrace trace)
    {
        using var scope = NewDisposeScope();
        if (tower.Pool is { } pool) return OfPool(trace, pool);
        var attentions = tower.Blocks.Select((block, i) => Heads(trace, block, trace.ClassZ[i], block.OutputStatistics));
        var mlps = tower.Blocks.Select((block, i) => Through(trace, block.Write(trace.ClassMlpPost[i]).Single().unsqueeze(1), Shares)
            .squeeze(1));
        return new(Through(trace, trace.ClassEmbedding.unsqueeze(1), Shares).squeeze(1).MoveToOuterDisposeScope(),
            stack(attentions, 1).MoveToOuterDisposeScope(), stack(mlps, 1).MoveToOuterDisposeScope(),
            zeros_like(trace.Representation).MoveToOuterDisposeScope());
    }

    private FirstOrderParts OfPool(ForwardTrace trace, AttentionPool pool)
    {
        var mixed = trace.ClassZ[tower.Config.Layers];
        var heads = Heads(trace, pool, mixed, _ => null).unsqueeze(1);
        var written = nn.functional.linear(mixed.flatten(1), pool.Output.Matrix, pool.Output.Fixed);
        var rest = pool.Remainder(written) is { } added ? Through(trace, added.unsqueeze(1), Shares).squeeze(1)
            : zeros_like(trace.Representation);
        return new(zeros_like(trace.Representation).MoveToOuterDisposeScope(), heads.MoveToOuterDisposeScope(),
            zeros(trace.Representation.shape[0], 0, tower.EmbedDim, device: tower.Device).MoveToOuterDisposeScope(),
            rest.MoveToOuterDisposeScope());
    }

    /// <summary>The effects of a reader's heads, of what they gathered [B, H, d_head]: [B, H, d].</summary>
    private Tensor Heads(ForwardTrace trace, IReader reader, Tensor gathered, Func<Tensor, (Tensor Mean, Tensor Std)?> statistics)
    {
        int heads = reader.Heads;
        var output = reader.Output.Matrix.unflatten(1, [heads, -1]).permute(1, 2, 0);
        var written = gathered.transpose(0, 1).bmm(output).transpose(0, 1);
        var found = statistics(gathered.flatten(1));
        if (found is { } norm) written = written / norm.Std.view(-1, 1, 1);
        var rest = reader.Output.Rest(found) / heads;
        return Through(trace, written + (rest.dim() == 2 ? rest.unsqueeze(1) : rest), Shares * heads);
    }

    /// <summary>The effects of some neurons of a block; those of all its neurons add up to the MLP's. Zero where an attention pools the
    /// tokens.</summary>
    /// <param name="trace">The batch's forward pass.</param>
    /// <param name="layer">The block.</param>
    /// <param name="neurons">The neurons, n of them.</param>
    /// <returns>[B, n, d].</returns>
    public Tensor Neurons(ForwardTrace trace, int layer, IReadOnlyList<int> neurons)
    {
        using var scope = NewDisposeScope();
        if (tower.Pool is not null) return zeros(trace.Representation.shape[0], neurons.Count, tower.EmbedDim, device: tower.Device)
            .MoveToOuterDisposeScope();
        var (block, all) = (tower.Blocks[layer], trace.ClassMlpPost[layer]);
        var indices = TensorMoves.Indices(neurons, tower.Device);
        var directions = block.Columns.index_select(1, indices).t().matmul(paths.Direct);
        var scale = SecondOrder.UnitScale(trace.Representation).div_(trace.LnFinalScale);
        var coefficients = block.Amounts(all).index_select(1, indices) * scale.unsqueeze(1);
        int count = tower.Config.MlpWidth;
        var rest = block.Writes.Rest(block.WriteStatistics(all)) / count;
        var share = Through(trace, rest.expand(coefficients.shape[0], -1).unsqueeze(1), Shares * count);
        return (coefficients.unsqueeze(2) * directions + share).MoveToOuterDisposeScope();
    }

    /// <summary>The effect of a block's MLP, that is of all its neurons together: [B, d].</summary>
    public Tensor Mlp(ForwardTrace trace, int layer)
    {
        using var scope = NewDisposeScope();
        if (tower.Pool is not null) return zeros_like(trace.Representation).MoveToOuterDisposeScope();
        return Through(trace, tower.Blocks[layer].Write(trace.ClassMlpPost[layer]).Single().unsqueeze(1), Shares).squeeze(1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Carries what parts write to the class token [B, n, d'] to the output, with one of so many shares of the norm's mean and
    /// bias: [B, n, d].</summary>
    private Tensor Through(ForwardTrace trace, Tensor written, double shares)
    {
        var centred = written - trace.LnFinalMean.view(-1, 1, 1) / shares;
        var scaled = centred.matmul(paths.Direct) / trace.LnFinalScale.view(-1, 1, 1) + paths.NormBias / shares;
        return scaled * SecondOrder.UnitScale(trace.Representation).view(-1, 1, 1);
    }
}
