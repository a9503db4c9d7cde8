using ClipLens.Explorer.Meaning;
using ClipLens.Runs;
using ClipLens.Runs.Storage;

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
    public static LayerData Read(RunDirectory run, PageTexts texts, NeuronScores scores, int layer)
    {
        var neurons = run.NeuronsInBrief(layer);
        var (writes, acts, words) = (texts.Writes(layer), texts.ActsOn(layer), new OwnWords(texts.Words));
        var (writesPlaces, actsPlaces) = (Places(writes), acts is null ? null : Places(acts));
        return new(layer, Numbers(neurons.VarianceExplained), Numbers(neurons.Threshold), Numbers(scores.Selectivity),
            scores.Truth is { } truth ? [.. truth.Neurons.Select(own => DataScript.Number(own.Description, 3))] : null,
            scores.Polysemanticity is { } unlike ? Numbers(unlike) : null, scores.Agreement is { } agreement ? Numbers(agreement) : null,
            words.Words, writesPlaces, Weights(writes), actsPlaces, acts is null ? null : Weights(acts),
            Rows(i => neurons.TopImagesOf(i)[..Math.Min(ImagesShown, neurons.Top)].ToArray()));

        int[][] Places(TextPlaces own) => Rows(i => words.Places(First(own.TextsOf(i)), own.CoefficientsOf(i)));

        double[][] Weights(TextPlaces own) => Rows(i => Array.ConvertAll(First(own.CoefficientsOf(i)).ToArray(),
            weight => Math.Round(Math.Abs((double)weight), 2)));

        T[][] Rows<T>(Func<int, T[]> row) => [.. Enumerable.Range(0, neurons.Count).Select(row)];

        static ReadOnlySpan<T> First<T>(ReadOnlySpan<T> texts) => texts[..Math.Min(TextsSearched, texts.Length)];
    }

    private static double?[] Numbers(IReadOnlyList<float> values) => [.. values.Select(value => DataScript.Number(value))];

    /// <summary>The texts of a layer's neurons, each once, in the order in which they come.</summary>
    private sealed class OwnWords(IReadOnlyList<string> pool)
    {
        private readonly int[] places = new int[pool.Count];
        private readonly List<string> words = [];

        public IReadOnlyList<string> Words => words;

        /// <summary>The places of texts of the pool among the layer's own; those with a negative coefficient as complements.</summary>
        public int[] Places(ReadOnlySpan<int> texts, ReadOnlySpan<float> coefficients)
        {
            int[] own = new int[texts.Length];
            for (int i = 0; i < own.Length; i++)
            {
                // A place is kept one larger, so that 0 says that there is none yet.
                ref int place = ref places[texts[i]];
                if (place == 0)
                {
                    words.Add(pool[texts[i]]);
                    place = words.Count;
                }
                own[i] = coefficients[i] < 0 ? -place : place - 1;
            }
            return own;
        }
    }
}
