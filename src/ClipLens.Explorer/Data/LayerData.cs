using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>
/// What is searched in a block: figures, first images and texts of all its neurons. A text is a place in <paramref name="Words"/>; one
/// that a neuron speaks against is that place's complement, which is below 0.
/// </summary>
internal sealed record LayerData(int Layer, IReadOnlyList<double?> Variance, IReadOnlyList<double?> Threshold, IReadOnlyList<string> Words,
    IReadOnlyList<IReadOnlyList<int>> Writes, IReadOnlyList<IReadOnlyList<int>>? Acts, IReadOnlyList<IReadOnlyList<int>> Images)
{
    private const int TextsSearched = 8, ImagesShown = 4;

    /// <summary>Reads it from a run.</summary>
    public static LayerData Read(RunDirectory run, NeuronTexts texts, int layer)
    {
        var neurons = run.Neurons(layer);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = Enumerable.Range(0, neurons.Count).ToList();
        var (writes, acts) = (Places(texts.Writes(layer)), texts.ActsOn(layer) is { } found ? Places(found) : null);
        return new(layer, [.. neurons.VarianceExplained.Select(value => DataScript.Number(value))],
            [.. neurons.Threshold.Select(value => DataScript.Number(value))], [.. places.OrderBy(own => own.Value).Select(own => own.Key)],
            writes, acts, [.. all.Select(i => neurons.TopImagesOf(i)[..Math.Min(ImagesShown, neurons.Top)].ToArray())]);

        List<IReadOnlyList<int>> Places(ILookup<int, NeuronText> lookup) =>
            [.. all.Select(i => lookup[i].Take(TextsSearched).Select(Place).ToArray())];

        int Place(NeuronText text)
        {
            if (!places.TryGetValue(text.Text, out int place)) places[text.Text] = place = places.Count;
            return text.Coefficient < 0 ? ~place : place;
        }
    }
}
