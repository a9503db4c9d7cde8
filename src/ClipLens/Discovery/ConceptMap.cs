using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>
/// Where in an image some neurons get from what they add along a direction: the second-order attribution map of these neurons alone. Over
/// all tokens it adds up to their second-order effect along the direction, less the bias share, which belongs to no token.
/// </summary>
internal static class ConceptMap
{
    /// <summary>The maps of an image.</summary>
    /// <param name="readout">Reads along directions.</param>
    /// <param name="trace">A forward pass that kept the neurons and the routes behind them.</param>
    /// <param name="image">The image's place in the batch.</param>
    /// <param name="neurons">The neurons.</param>
    /// <param name="directions">C directions: [C, d].</param>
    /// <returns>For every direction and token: [C, T].</returns>
    public static Tensor Compute(DirectionReadout readout, ForwardTrace trace, int image, IReadOnlyList<NeuronId> neurons,
        Tensor directions)
    {
        var byLayer = neurons.GroupBy(neuron => neuron.Layer).ToDictionary(group => group.Key, group =>
            group.Select(neuron => (long)neuron.Index).ToArray());
        return byLayer.Count > 0 ? readout.Flow(trace, image, byLayer, directions)
            : zeros(directions.shape[0], trace.MlpPost.Values.First().shape[1]);
    }
}
