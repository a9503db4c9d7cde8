using System.Runtime.CompilerServices;

namespace ClipLens.Neurons;

/// <summary>How selective neurons are: one figure to rank them by.</summary>
public static class Selectivity
{
    /// <summary>
    /// How far the effects on a neuron's top images stand above its significance threshold on average, as far as its one direction holds
    /// them, in the unit of the effects: large for a neuron that does much, on few images, and always the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Measure(LayerNeurons layer, int neuron)
    {
        double sum = 0;
        foreach (float norm in layer.TopNormsOf(neuron)) sum += norm;
        return layer.VarianceExplained[neuron] * (sum / layer.Top - layer.Threshold[neuron]);
    }

    /// <summary>The neurons of some blocks, the most selective first; equal ones in order of block and number.</summary>
    public static IReadOnlyList<NeuronId> Rank(IEnumerable<LayerNeurons> layers) =>
    [
        .. layers.SelectMany(layer => Enumerable.Range(0, layer.Count).Select(neuron =>
            (Id: new NeuronId(layer.Layer, neuron), Value: Measure(layer, neuron))))
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Id.Layer).ThenBy(pair => pair.Id.Index).Select(pair => pair.Id),
    ];
}
