using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>What a range of n neurons contributes to the ablations of a batch of B images, for S sets of directions; in the effects'
/// unit.</summary>
/// <param name="All">Sum of all centred effects: [B, d].</param>
/// <param name="Large">Sum of the centred effects whose norm is above their neuron's threshold: [B, d].</param>
/// <param name="Kept">Sum of the centred effects as the directions keep them: [S, B, d].</param>
/// <param name="Norms">Norms of the centred effects: [n, B].</param>
/// <param name="IsLarge">Which norms are above the threshold: bool [n, B].</param>
/// <param name="KeptSquares">Squared norms of the effects as the directions keep them: [n, B, S].</param>
internal sealed record RangeChanges(Tensor All, Tensor Large, Tensor Kept, Tensor Norms, Tensor IsLarge, Tensor KeptSquares)
{
    /// <summary>The same in the processor's memory.</summary>
    public RangeChanges ToHost() => new(All.ToHost(), Large.ToHost(), Kept.ToHost(), Norms.ToHost(), IsLarge.ToHost(),
        KeptSquares.ToHost());
}
