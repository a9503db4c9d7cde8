using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// First-order effects of the parts of an image tower for a batch of B images (paper, Section 3.1). Over all parts they add up to the
/// output at a length of 100 (<see cref="NeuronLens.Unit"/>). The tensors belong to the caller's dispose scope.
/// </summary>
/// <param name="Embedding">Of the class token's embedding: [B, d].</param>
/// <param name="Heads">Of every layer's heads: [B, L, H, d]. Where an attention pools the tokens, nothing of a layer goes past it, and
/// these are its heads alone: [B, 1, H, d].</param>
/// <param name="Mlps">Of every layer's MLP: [B, L, d]; none, [B, 0, d], where an attention pools the tokens.</param>
/// <param name="Remainder">Of the MLP that the attention which pools the tokens has behind it, the one part that no path carries: [B, d];
/// zero in other towers.</param>
public sealed record FirstOrderParts(Tensor Embedding, Tensor Heads, Tensor Mlps, Tensor Remainder);
