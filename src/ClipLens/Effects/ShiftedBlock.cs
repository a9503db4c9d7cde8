using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// A block whose input is one stream z_t plus, neuron by neuron, a_t w_n: a multiple of one vector at every token. LN1 is then
/// (z_t - mean + a_t (w_n - mean)) / sigma', with sigma' from three inner products; so queries, keys and values are
/// alpha_t q_t + beta_t u_n + c with q of the unchanged stream and u fixed for the neuron, and their matrix products are not done again.
/// </summary>
internal sealed class ShiftedBlock : IDisposable
{
    private readonly TransformerBlock block;
    private readonly double epsilon;
    private readonly Tensor weight, constant, written, centred, squares, projected;

    /// <summary>Prepares a block for n neurons that write <paramref name="written"/> [n, d'], which must outlive it.</summary>
    public ShiftedBlock(TransformerBlock block, Tensor written, double epsilon)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        (this.block, this.written, this.epsilon) = (block, written, epsilon);
        weight = block.QkvWeight.mul(block.Norm1Gain).t().contiguous().DetachFromDisposeScope();
        constant = (block.QkvWeight.matmul(block.Norm1Bias) + block.QkvBias).DetachFromDisposeScope();
        centred = (written - written.mean([1], keepdim: true)).DetachFromDisposeScope();
        squares = centred.square().mean([1], keepdim: true).DetachFromDisposeScope();
        projected = centred.matmul(weight).DetachFromDisposeScope();
    }

    /// <summary>What the neurons of an image share.</summary>
    /// <param name="Stream">The stream: [T, d'].</param>
    /// <param name="Centred">Less its mean at every token: [T, d'].</param>
    /// <param name="Variance">LN1's variance at every token, epsilon included: [T].</param>
    /// <param name="Projected">Queries, keys and values before the division and without what does not depend on the image: [T, 3
    /// d'].</param>
    public sealed record Unchanged(Tensor Stream, Tensor Centred, Tensor Variance, Tensor Projected);

    /// <summary>Computes what the neurons of an image share, in the caller's scope.</summary>
    public Unchanged Prepare(Tensor stream)
    {
        var centred = stream - stream.mean([1], keepdim: true);
        return new(stream, centred, centred.square().mean([1]) + epsilon, centred.matmul(weight));
    }

    /// <summary>The block's output for every neuron.</summary>
    /// <param name="unchanged">The image.</param>
    /// <param name="amounts">a_t: [c, T].</param>
    /// <param name="first">The first neuron.</param>
    /// <returns>[c, T, d'].</returns>
    public Tensor Forward(Unchanged unchanged, Tensor amounts, int first)
    {
        using var scope = NewDisposeScope();
        var (alpha, beta) = Factors(unchanged, amounts, first);
        var joined = (alpha.unsqueeze(2) * unchanged.Projected).addcmul_(beta.unsqueeze(2), Own(projected, first, amounts).unsqueeze(1), 1)
            .add_(constant);
        var parts = joined.unflatten(2, [3, block.Heads, -1]).permute(2, 0, 3, 1, 4);
        var stream = addcmul(unchanged.Stream, amounts.unsqueeze(2), Own(written, first, amounts).unsqueeze(1), 1);
        var middle = block.Out(TransformerBlock.Attend(parts[0], parts[1], parts[2])).add_(stream);
        return block.Write(block.Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    /// <summary>The class token's output for every neuron, which takes no product of a weight matrix with other tokens: [c, d'].</summary>
    /// <inheritdoc cref="Forward"/>
    public Tensor ForwardClassToken(Unchanged unchanged, Tensor amounts, int first)
    {
        using var scope = NewDisposeScope();
        long heads = block.Heads, width = unchanged.Stream.shape[1];
        var (alpha, beta) = Factors(unchanged, amounts, first);
        var own = Own(projected, first, amounts);
        Tensor Split(Tensor values, int part) => values.narrow(-1, part * width, width).unflatten(values.dim() - 1, [heads, -1]);
        var query = Split(alpha.narrow(1, 0, 1) * unchanged.Projected[0] + beta.narrow(1, 0, 1) * own + constant, 0);
        // The part of a key that is the same at every token adds the same to every score: softmax does not see it.
        var scores = query.transpose(0, 1).matmul(Split(unchanged.Projected, 1).permute(1, 2, 0)).transpose(0, 1) * alpha.unsqueeze(1)
            + (query * Split(own, 1)).sum(-1, keepdim: true) * beta.unsqueeze(1);
        var attention = scores.mul_(1 / Math.Sqrt(query.shape[2])).softmax(-1);
        var mixed = (attention * alpha.unsqueeze(1)).transpose(0, 1).matmul(Split(unchanged.Projected, 2).transpose(0, 1)).transpose(0, 1)
            + (attention * beta.unsqueeze(1)).sum(-1, keepdim: true) * Split(own, 2) + Split(constant, 2);
        var middle = block.Out(mixed.flatten(1)) + unchanged.Stream[0] + amounts.narrow(1, 0, 1) * Own(written, first, amounts);
        return block.Write(block.Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { weight, constant, centred, squares, projected }) tensor.Dispose();
    }

    /// <summary>alpha = 1 / sigma' and beta = a / sigma': [c, T] each.</summary>
    private (Tensor Alpha, Tensor Beta) Factors(Unchanged unchanged, Tensor amounts, int first)
    {
        long width = unchanged.Stream.shape[1];
        var cross = Own(centred, first, amounts).matmul(unchanged.Centred.t()).mul_(2.0 / width);
        var variance = (amounts * Own(squares, first, amounts)).add_(cross).mul_(amounts).add_(unchanged.Variance);
        var alpha = variance.rsqrt_();
        return (alpha, alpha * amounts);
    }

    private static Tensor Own(Tensor all, int first, Tensor amounts) => all.narrow(0, first, amounts.shape[0]);
}
