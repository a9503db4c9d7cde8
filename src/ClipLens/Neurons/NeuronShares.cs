using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>What a neuron adds to a class's heat on the object.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Share">Its second-order effect along the class's direction from the object's patches, in percent of the length of the representation.</param>
public readonly record struct NeuronShare(NeuronId Neuron, float Share);

/// <summary>Splits the second-order part of a map by neuron: exact, since the map is a sum over them.</summary>
internal static class NeuronShares
{
    /// <summary>The shares of a block's neurons in the heat of a region.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="readout">Reads along directions.</param>
    /// <param name="trace">The forward pass of one picture, with the block's neurons and the routes behind it.</param>
    /// <param name="layer">The block.</param>
    /// <param name="direction">The class: [d].</param>
    /// <param name="region">How much each token counts, the class token first: [T].</param>
    /// <returns>[N].</returns>
    public static float[] Measure(ImageTower tower, DirectionReadout readout, ForwardTrace trace, int layer, Tensor direction, Tensor region)
    {
        using var scope = NewDisposeScope();
        int first = layer + 1;
        if (first == tower.Config.Layers) return new float[tower.Config.MlpWidth];
        var read = readout.Vectors(direction.unsqueeze(0), first).flatten(0, 2).matmul(tower.Blocks[layer].ProjWeight);
        var weights = cat([.. Enumerable.Range(first, tower.Config.Layers - first)
            .Select(reader => trace.Attention[reader].Pattern[0] / trace.Attention[reader].Ln1Scale)], 0) * region;
        var gathered = weights.matmul(trace.MlpPost[layer][0]);
        return (read * gathered).sum([0]).mul_(DirectionReadout.Scale(trace).view(1)).contiguous().Floats().ToArray();
    }
}
