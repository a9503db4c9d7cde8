using ClipLens.Neurons;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>Which neurons the demo scores and shows.</summary>
internal static class DemoNeurons
{
    /// <summary>Neurons whose effect matters: the stronger half of each layer by mean top norm.</summary>
    public static IReadOnlyList<NeuronId> Strong(DemoWork work) => [.. work.Run.Layers.SelectMany(layer =>
    {
        var neurons = work.Run.Neurons(layer);
        double[] strength = [.. Enumerable.Range(0, neurons.Count).Select(n => (double)Mean(neurons.TopNormsOf(n)))];
        double median = strength.Order().ElementAt(neurons.Count / 2);
        return Enumerable.Range(0, neurons.Count).Where(n => strength[n] >= median).Select(n => new NeuronId(layer, n));
    })];

    /// <summary>Neurons for the report: described truly, the most over-represented text first, one a text.</summary>
    public static IReadOnlyList<DescribedNeuron> Shown(DemoWork work) =>
        [.. work.Described.Where(neuron => neuron.IsTrue).OrderByDescending(neuron => neuron.Rate - neuron.BaseRate).DistinctBy(neuron =>
            neuron.Text).Take(work.Settings.Sheets)];

    private static float Mean(ReadOnlySpan<float> values)
    {
        float sum = 0;
        foreach (float value in values) sum += value;
        return sum / values.Length;
    }
}
