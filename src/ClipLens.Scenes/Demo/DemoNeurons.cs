using ClipLens.Neurons;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>Which neurons the demo scores and shows.</summary>
internal static class DemoNeurons
{
    /// <summary>The score from which a description counts as good: the area under the ROC curve with which it tells, on held-out pictures,
    /// where the neuron is significant.</summary>
    public const double Good = 0.9;

    /// <summary>The score of a description that says nothing.</summary>
    public const double Chance = 0.5;

    /// <summary>Neurons whose effect matters, those among the stronger half of their layer by mean top norm, with a description that scores
    /// above a value.</summary>
    public static IReadOnlyList<NeuronId> Scored(DemoWork work, double above)
    {
        var result = new List<NeuronId>();
        foreach (int layer in work.Run.Layers)
        {
            var neurons = work.Run.Neurons(layer);
            double[] strength = [.. Enumerable.Range(0, neurons.Count).Select(n => (double)Mean(neurons.TopNormsOf(n)))];
            double median = strength.Order().ElementAt(neurons.Count / 2);
            var truth = work.Ablation.Truths.First(own => own.Layer == layer).Neurons.OrderBy(neuron => neuron.Neuron)
                .Select(neuron => neuron.Description).ToList();
            result.AddRange(Enumerable.Range(0, neurons.Count).Where(n => strength[n] >= median && truth[n] > above).Select(n =>
                new NeuronId(layer, n)));
        }
        return result;
    }

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
