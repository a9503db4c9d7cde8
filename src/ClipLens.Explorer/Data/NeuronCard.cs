using ClipLens.Explorer.Meaning;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;

namespace ClipLens.Explorer.Data;

/// <summary>A neuron in brief.</summary>
internal sealed record NeuronCard(int Layer, int Neuron, double? Variance, IReadOnlyList<int> Images, IReadOnlyList<TextWeight> Writes,
    IReadOnlyList<TextWeight>? Acts, string? Figure)
{
    private const int CardImages = 4, CardTexts = 4;

    /// <summary>Reads it.</summary>
    /// <param name="sources">The run.</param>
    /// <param name="id">The neuron.</param>
    /// <param name="figure">A figure to show instead of the explained variance.</param>
    public static NeuronCard Read(RunSources sources, NeuronId id, string? figure = null)
    {
        var (run, texts) = (sources.Run, sources.Texts);
        var layer = run.NeuronsInBrief(id.Layer);
        return new(id.Layer, id.Index, DataScript.Number(layer.VarianceExplained[id.Index]),
            layer.TopImagesOf(id.Index)[..Math.Min(CardImages, layer.Top)].ToArray(),
            TextWeight.Read(texts, texts.Writes(id.Layer), id.Index, CardTexts),
            texts.ActsOn(id.Layer) is { } acts ? TextWeight.Read(texts, acts, id.Index, CardTexts) : null, figure);
    }
}

/// <summary>A text and its weight, rounded for a page.</summary>
internal sealed record TextWeight(string Text, double? Weight)
{
    /// <summary>The first texts of a neuron.</summary>
    public static IReadOnlyList<TextWeight> Read(PageTexts texts, TextPlaces own, int neuron, int most)
    {
        var places = own.TextsOf(neuron);
        var weights = own.CoefficientsOf(neuron);
        var first = new TextWeight[Math.Min(most, places.Length)];
        for (int i = 0; i < first.Length; i++) first[i] = new(texts.Words[places[i]], DataScript.Number(weights[i]));
        return first;
    }
}
