using System.Globalization;
using ClipLens.Neurons;

namespace ClipLens.Explorer.Data;

/// <summary>Neurons that have something in common.</summary>
internal sealed record CardGroup(string Title, string What, IReadOnlyList<NeuronCard> Neurons)
{
    private const int CardsShown = 8;

    /// <summary>Neurons act on so few held-out images that their score says nothing.</summary>
    private const int LeastImages = 5;

    /// <summary>The groups that a run has figures for.</summary>
    public static IReadOnlyList<CardGroup> All(RunSources sources)
    {
        Func<CardGroup>[] groups =
        [
            () => Group(sources, "Best described", "Their texts tell best on which held-out images they act (area under the ROC curve).",
                (scores, i) => scores.Truth?.Neurons[i].Significant >= LeastImages ? scores.DescriptionOf(i) : double.NaN, true,
                "AUROC {0:0.00}"),
            () => Group(sources, "Most explained", "One direction holds nearly all of their effect: they say one thing.", null, true, null),
            () => Group(sources, "Most polysemantic",
                "Their top images are least alike to the model (1 is chance): they act on many things.",
                (scores, i) => scores.Polysemanticity?[i] ?? double.NaN, true, "polysemanticity {0:0.00}"),
            () => Group(sources, "Least explained", "No single direction holds their effect: they say many things.", null, false, null),
            () => Group(sources, "Descriptions that part most",
                "What they act on and what they write point away from each other (cosine).",
                (scores, i) => scores.Agreement?[i] ?? double.NaN, false, "cosine {0:0.00}"),
        ];
        return [.. groups.AsParallel().AsOrdered().Select(group => group()).Where(group => group.Neurons.Count > 0)];
    }

    /// <summary>The neurons with the largest or smallest score, of equals the first; without a score, with that of explained
    /// variance.</summary>
    private static CardGroup Group(RunSources sources, string title, string what, Func<NeuronScores, int, double>? score, bool descending,
        string? format)
    {
        var run = sources.Run;
        int count = run.Manifest.Model.Neurons;
        float[] values = new float[run.Layers.Count * count];
        for (int place = 0; place < values.Length; place++)
        {
            var (layer, neuron) = (run.Layers[place / count], place % count);
            double own = score is null ? run.NeuronsInBrief(layer).VarianceExplained[neuron] : score(sources.Scores(layer), neuron);
            values[place] = !double.IsFinite(own) ? float.NegativeInfinity : (float)(descending ? own : -own);
        }
        return new(title, what, [.. Meaning.Nearest.Largest(values, CardsShown).Where(place => values[place] > float.NegativeInfinity)
            .Select(place => NeuronCard.Read(sources, new NeuronId(run.Layers[place / count], place % count), format is null ? null
                : string.Format(CultureInfo.InvariantCulture, format, descending ? values[place] : -values[place])))]);
    }
}
