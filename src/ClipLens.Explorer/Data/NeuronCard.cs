using ClipLens.Neurons;
using ClipLens.Runs;

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
        var layer = run.Neurons(id.Layer);
        return new(id.Layer, id.Index, DataScript.Number(layer.VarianceExplained[id.Index]),
            layer.TopImagesOf(id.Index)[..Math.Min(CardImages, layer.Top)].ToArray(),
            [.. texts.Writes(id.Layer)[id.Index].Take(CardTexts).Select(TextWeight.From)],
            texts.ActsOn(id.Layer)?[id.Index].Take(CardTexts).Select(TextWeight.From).ToList(), figure);
    }
}

/// <summary>A text and its weight, rounded for a page.</summary>
internal sealed record TextWeight(string Text, double? Weight)
{
    public static TextWeight From(NeuronText text) => new(text.Text, DataScript.Number(text.Coefficient));
}
