using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>One direction a neuron, along which its centred effect is kept while all else of it is dropped (paper, Section 4).</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Directions">The directions, of any length: float32 [N, d].</param>
/// <param name="IsNormalised">
/// Whether the projection divides by the direction's squared length, as the paper means it; false for the released code's, which multiplies
/// by a reconstruction twice without.
/// </param>
internal sealed record DirectionSet(string Name, Tensor Directions, bool IsNormalised = true);
