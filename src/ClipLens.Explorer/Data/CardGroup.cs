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
    public static IReadOnlyList<CardGroup> All(RunSources sources) =>
    [
        .. new[]
        {
            Group(sources, "Best described", "Their texts tell best on which held-out images they act (area under the ROC curve).",
                (scores, i) => scores.Truth?.Neurons[i].Significant >= LeastImages ? scores.DescriptionOf(i) : double.NaN, true,
                "AUROC {0:0.00}"),
            Group(sources, "Most explained", "One direction holds nearly all of their effect: they say one thing.",
                (_, _) => double.NaN, true, null),
            Group(sources, "Most polysemantic", "Their top images are least alike to the model (1 is chance): they act on many things.",
                (scores, i) => scores.Polysemanticity?[i] ?? double.NaN, true, "polysemanticity {0:0.00}"),
            Group(sources, "Least explained", "No single direction holds their effect: they say many things.",
                (_, _) => double.NaN, false, null),
            Group(sources, "Descriptions that part most", "What they act on and what they write point away from each other (cosine).",
                (scores, i) => scores.Agreement?[i] ?? double.NaN, false, "cosine {0:0.00}"),
        }.Where(group => group.Neurons.Count > 0),
    ];

    /// <summary>The neurons with the largest or smallest score; without a format, with that of explained variance.</summary>
    private static CardGroup Group(RunSources sources, string title, string what, Func<NeuronScores, int, double> score, bool descending,
        string? format)
    {
        var all = sources.Run.Layers.SelectMany(layer => Enumerable.Range(0, sources.Run.Neurons(layer).Count).Select(i =>
            (Id: new NeuronId(layer, i), Value: format is null ? sources.Run.Neurons(layer).VarianceExplained[i]
                : score(sources.Scores(layer), i)))).Where(own => double.IsFinite(own.Value));
        var chosen = (descending ? all.OrderByDescending(own => own.Value) : all.OrderBy(own => own.Value)).Take(CardsShown);
        return new(title, what, [.. chosen.Select(own => NeuronCard.Read(sources, own.Id,
            format is null ? null : string.Format(CultureInfo.InvariantCulture, format, own.Value)))]);
    }
}
