using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>Which tokens of a batch of texts see which, and which of them are read out.</summary>
/// <param name="Read">The places of the tokens that are read out: int64 [B].</param>
/// <param name="IsCausal">Whether a token sees only itself and those before it.</param>
/// <param name="Mask">What is added to the scores [B, 1, T, T] where it is neither all nor those before; null else.</param>
internal sealed record TextRoute(Tensor Read, bool IsCausal, Tensor? Mask)
{
    /// <summary>The rows [B, ..] of the tokens that are read out, of something that has a row for every token [B, T, ..].</summary>
    public Tensor Pooled(Tensor tokens) => tokens.gather(1, Read.view(-1, 1, 1).expand(-1, 1, tokens.shape[2])).squeeze(1);

    /// <summary>Attention of the token that is read out to every token, per head, none to those that it does not see: [B, H, T].</summary>
    /// <param name="query">Queries [B, H, T, d'/H].</param>
    /// <param name="key">Keys of the same shape.</param>
    public Tensor Attention(Tensor query, Tensor key)
    {
        var place = Read.view(-1, 1, 1, 1);
        var own = query.gather(2, place.expand(-1, query.shape[1], 1, query.shape[3])).Single().mul(1 / Math.Sqrt(query.shape[3]));
        var scores = own.matmul(key.Single().transpose(2, 3)).squeeze(2);
        if (Mask is not null) scores = scores + Mask.gather(2, place.expand(-1, 1, 1, Mask.shape[3])).squeeze(2);
        if (IsCausal)
        {
            var behind = arange(key.shape[2], device: key.device).unsqueeze(0).gt(Read.unsqueeze(1)).unsqueeze(1);
            scores = scores.masked_fill(behind, double.NegativeInfinity);
        }
        return scores.softmax(-1);
    }
}
