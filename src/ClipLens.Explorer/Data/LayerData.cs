using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>
/// A block's neurons as the search and the map need them: figures, texts and first images. A text is a place in <paramref name="Words"/>;
/// one that a neuron speaks against is that place's complement, which is below 0. Beside the texts stand their weights, without a sign.
/// </summary>
internal sealed record LayerData(int Layer, IReadOnlyList<double?> Variance, IReadOnlyList<double?> Threshold,
    IReadOnlyList<double?> Selectivity, IReadOnlyList<double?>? Truth, IReadOnlyList<double?>? Polysemanticity,
    IReadOnlyList<double?>? Agreement, IReadOnlyList<string> Words, IReadOnlyList<IReadOnlyList<int>> Writes,
    IReadOnlyList<IReadOnlyList<double>> WritesWeights, IReadOnlyList<IReadOnlyList<int>>? Acts,
    IReadOnlyList<IReadOnlyList<double>>? ActsWeights, IReadOnlyList<IReadOnlyList<int>> Images)
{
    private const int TextsSearched = 8, ImagesShown = 4;

    /// <summary>Reads it from a run.</summary>
    public static LayerData Read(RunDirectory run, NeuronTexts texts, NeuronScores scores, int layer)
    {
        var neurons = run.Neurons(layer);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = Enumerable.Range(0, neurons.Count).ToList();
        var (writes, acts) = (texts.Writes(layer), texts.ActsOn(layer));
        var (writesPlaces, actsPlaces) = (Places(writes), acts is null ? null : Places(acts));
        return new(layer, Numbers(neurons.VarianceExplained), Numbers(neurons.Threshold), Numbers(scores.Selectivity),
            scores.Truth is { } truth ? [.. truth.Neurons.Select(own => DataScript.Number(own.Description, 3))] : null,
            scores.Polysemanticity is { } unlike ? Numbers(unlike) : null, scores.Agreement is { } agreement ? Numbers(agreement) : null,
            [.. places.OrderBy(own => own.Value).Select(own => own.Key)], writesPlaces, Weights(writes), actsPlaces,
            acts is null ? null : Weights(acts),
            [.. all.Select(i => neurons.TopImagesOf(i)[..Math.Min(ImagesShown, neurons.Top)].ToArray())]);

        List<IReadOnlyList<int>> Places(ILookup<int, NeuronText> lookup) =>
            [.. all.Select(i => lookup[i].Take(TextsSearched).Select(Place).ToArray())];

        List<IReadOnlyList<double>> Weights(ILookup<int, NeuronText> lookup) =>
            [.. all.Select(i => lookup[i].Take(TextsSearched).Select(text => Math.Round(Math.Abs(text.Coefficient), 2)).ToArray())];

        int Place(NeuronText text)
        {
            if (!places.TryGetValue(text.Text, out int place)) places[text.Text] = place = places.Count;
            return text.Coefficient < 0 ? ~place : place;
        }
    }

    private static double?[] Numbers(IReadOnlyList<float> values) => [.. values.Select(value => DataScript.Number(value))];
}
