using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// The last block for the class token alone, with the key and value matrices applied on the class token's side: a score is the stream times
/// W_K^T q, and the values are mixed before W_V. So a token costs H d' instead of 2 d'^2 products.
/// </summary>
internal sealed class ClassTokenBlock : IDisposable
{
    private readonly TransformerBlock block;
    private readonly Tensor keys, values, valueBias;

    public ClassTokenBlock(TransformerBlock block)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        this.block = block;
        long width = block.QkvWeight.shape[1];
        keys = block.QkvWeight.narrow(0, width, width).unflatten(0, [block.Heads, -1]).contiguous().DetachFromDisposeScope();
        values = block.QkvWeight.narrow(0, 2 * width, width).unflatten(0, [block.Heads, -1]).transpose(1, 2).contiguous()
            .DetachFromDisposeScope();
        valueBias = block.QkvBias.narrow(0, 2 * width, width).clone().DetachFromDisposeScope();
    }

    /// <summary>The class token's output of streams [c, T, d']: [c, d'].</summary>
    public Tensor Forward(Tensor stream)
    {
        using var scope = NewDisposeScope();
        long width = stream.shape[2];
        var normed = block.Norm1(stream);
        var query = nn.functional.linear(normed.select(1, 0), block.QkvWeight.narrow(0, 0, width), block.QkvBias.narrow(0, 0, width))
            .unflatten(1, [block.Heads, -1]).transpose(0, 1);
        var inStream = query.matmul(keys).transpose(0, 1).mul_(1 / Math.Sqrt(query.shape[2]));
        var attention = inStream.bmm(normed.transpose(1, 2)).softmax(-1);
        var mixed = attention.bmm(normed).transpose(0, 1).matmul(values).transpose(0, 1).flatten(1) + valueBias;
        var middle = block.Out(mixed) + stream.select(1, 0);
        return block.Write(block.Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { keys, values, valueBias }) tensor.Dispose();
    }
}
