using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Second-order effects of a layer's N neurons on a batch of B images, in factored form (paper, Section 3.2 and Appendix A.6): the effect
/// of neuron n on an image is the sum over k of <c>Coefficients[image, n, k]</c> times the fixed direction <c>k</c> of the neuron
/// (<see cref="NeuronLens.Directions"/>), plus <c>Bias[image]</c>. The tensors belong to the caller's dispose scope.
/// </summary>
/// <param name="Coefficients">
/// For every later head k, layer by layer, what it carries of the neuron to the class token: [B, N, K], in the effects' unit (<see
/// cref="NeuronLens.Unit"/>).
/// </param>
/// <param name="Bias">What every neuron of the layer has alike, its equal share of all biases and means: [B, d], in the same unit.</param>
public sealed record SecondOrderFactors(Tensor Coefficients, Tensor Bias);
