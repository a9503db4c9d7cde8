using ClipLens.Explorer.Meaning;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Truth;

namespace ClipLens.Explorer.Data;

/// <summary>The scores of a block's neurons, worked out once; a score is NaN where it is not known.</summary>
/// <param name="Selectivity">See <see cref="ClipLens.Neurons.Selectivity"/>.</param>
/// <param name="Polysemanticity">See <see cref="LayerPortraits.Polysemanticity"/>; null without portraits.</param>
/// <param name="Agreement">Cosine of what a neuron acts on and what it writes; null where it is not known what they act on.</param>
/// <param name="Truth">How true the descriptions are; null where that was not measured.</param>
internal sealed record NeuronScores(IReadOnlyList<float> Selectivity, IReadOnlyList<float>? Polysemanticity,
    IReadOnlyList<float>? Agreement, LayerTruth? Truth)
{
    /// <summary>Works them out for a block.</summary>
    public static NeuronScores Read(RunDirectory run, PageTexts texts, NeuronVectors vectors, int layer)
    {
        var neurons = run.NeuronsInBrief(layer);
        return new([.. Enumerable.Range(0, neurons.Count).Select(i => (float)ClipLens.Neurons.Selectivity.Measure(neurons, i))],
            run.Polysemanticity(layer), vectors.Acts(layer)?.Agreement,
            texts.SizeOf(layer) is { } size ? LayerTruth.Read(run, layer, texts.Pool!, size) : null);
    }

    /// <summary>How true the description of a neuron is; NaN where that is not known.</summary>
    public double DescriptionOf(int neuron) => Truth?.Neurons[neuron].Description ?? double.NaN;
}
