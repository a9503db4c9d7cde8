using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>
/// Where in a picture some neurons get from what they add along a direction: the second-order attribution map of these neurons alone. Over all tokens it
/// adds up to their second-order effect along the direction, less the bias share, which belongs to no token.
/// </summary>
internal static class ConceptMap
{
    /// <summary>The maps of a picture.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="readout">Reads along directions.</param>
    /// <param name="trace">A forward pass that kept the neurons and the routes behind them.</param>
    /// <param name="image">The picture's place in the batch.</param>
    /// <param name="neurons">The neurons.</param>
    /// <param name="directions">C directions: [C, d].</param>
    /// <returns>For every direction and token: [C, T].</returns>
    public static Tensor Compute(ImageTower tower, DirectionReadout readout, ForwardTrace trace, int image, IReadOnlyList<NeuronId> neurons, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var sum = zeros(directions.shape[0], tower.Config.Tokens);
        var byBlock = neurons.GroupBy(neuron => neuron.Layer).ToDictionary(group => group.Key, group => group.Select(neuron => (long)neuron.Index).ToArray());
        if (byBlock.Count == 0) return sum.MoveToOuterDisposeScope();
        int first = byBlock.Keys.Min() + 1;
        var vectors = readout.Vectors(directions, first);
        var written = zeros(tower.Config.Tokens, tower.Config.Width);
        for (int reader = first; reader < tower.Config.Layers; reader++)
        {
            if (byBlock.TryGetValue(reader - 1, out long[]? chosen))
            {
                var indices = tensor(chosen);
                written.add_(trace.MlpPost[reader - 1][image].index_select(1, indices).matmul(tower.Blocks[reader - 1].ProjWeight.index_select(1, indices).t()));
            }
            var route = trace.Attention[reader];
            var weights = route.Pattern[image] / route.Ln1Scale[image];
            var read = vectors[reader - first].flatten(0, 1).matmul(written.t()).unflatten(0, [readout.Heads, directions.shape[0]]);
            sum.add_((read * weights.unsqueeze(1)).sum([0]));
        }
        return sum.mul_(DirectionReadout.Scale(trace)[image].view(1)).MoveToOuterDisposeScope();
    }
}
