using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Studies;
using ClipLens.Statistics;

namespace ClipLens.Explorer.Data;

/// <summary>The facts of the first page.</summary>
internal sealed record OverviewData(string Model, string Format, int Blocks, int Width, string Dataset, int Images, int Unreadable,
    string? Pool, int PoolTexts, bool ActsOn, bool Maps, int Block, int Top, IReadOnlyList<string> Notes,
    IReadOnlyList<LayerFigures> Layers, IReadOnlyList<CardGroup> Cards)
{
    private const int CardsShown = 8, CardImages = 4, CardTexts = 4;

    /// <summary>Reads them from a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="texts">Its texts.</param>
    /// <param name="maps">Whether activation maps can be had.</param>
    public static OverviewData Read(RunDirectory run, NeuronTexts texts, bool maps)
    {
        var facts = run.Manifest;
        float strongest = run.Layers.Max(layer => Finite(run.Neurons(layer).Threshold).DefaultIfEmpty(0).Max());
        return new(facts.Model.Name ?? LastPart(facts.Model.Path), facts.Model.Format, facts.Model.Blocks, facts.Model.EmbedDim,
            LastPart(facts.Images.Source), facts.Images.Count, run.Images.Count(image => image.Error is not null), texts.Pool,
            texts.Pool is null ? 0 : run.Pools[0].Count, run.Layers.Any(layer => texts.ActsOn(layer) is not null), maps, NeuronData.Block,
            run.Neurons(run.Layers[0]).Top, run.Notes, [.. run.Layers.Select(layer => LayerFigures.Read(run, layer, strongest))],
            [.. Groups(run, texts)]);
    }

    private static IEnumerable<CardGroup> Groups(RunDirectory run, NeuronTexts texts)
    {
        var scores = Scores(run, texts);
        if (scores.Count > 0)
            yield return Group("Best described", "Their texts tell best on which held-out images they act.", scores, descending: true);
        var variance = Values(run, neurons => neurons.VarianceExplained);
        yield return Group("Most explained", "One direction holds nearly all of their effect: they say one thing.", variance, true);
        yield return Group("Least explained", "No single direction holds their effect: they say many things.", variance, false);
        yield return Group("Strongest", "They move the image's representation most.",
            Values(run, neurons => neurons.Threshold), descending: true);

        CardGroup Group(string title, string what, IEnumerable<(NeuronId Neuron, double Value)> values, bool descending) =>
            new(title, what, [.. (descending ? values.OrderByDescending(own => own.Value) : values.OrderBy(own => own.Value))
                .Take(CardsShown).Select(own => Card(run, texts, own.Neuron))]);
    }

    private static List<(NeuronId Neuron, double Value)> Values(RunDirectory run, Func<LayerNeurons, IReadOnlyList<float>> figure) =>
        [.. run.Layers.SelectMany(layer => figure(run.Neurons(layer)).Select((value, i) => (new NeuronId(layer, i), (double)value)))
            .Where(own => double.IsFinite(own.Item2))];

    private static List<(NeuronId Neuron, double Value)> Scores(RunDirectory run, NeuronTexts texts) =>
        [.. run.Layers.Where(layer => texts.SizeOf(layer) is not null)
            .Select(layer => LayerTruth.Read(run, layer, texts.Pool!, texts.SizeOf(layer)!.Value)).OfType<LayerTruth>()
            .SelectMany(truth => truth.Neurons.Select(own => (new NeuronId(truth.Layer, own.Neuron), own.Description)))
            .Where(own => double.IsFinite(own.Description))];

    private static NeuronCard Card(RunDirectory run, NeuronTexts texts, NeuronId id)
    {
        var layer = run.Neurons(id.Layer);
        return new(id.Layer, id.Index, DataScript.Number(layer.VarianceExplained[id.Index]),
            layer.TopImagesOf(id.Index)[..Math.Min(CardImages, layer.Top)].ToArray(),
            [.. texts.Writes(id.Layer)[id.Index].Take(CardTexts).Select(TextWeight.From)],
            texts.ActsOn(id.Layer)?[id.Index].Take(CardTexts).Select(TextWeight.From).ToList());
    }

    /// <summary>A folder's or file's own name: pages that are passed on tell nothing of the machine that they were made on.</summary>
    private static string LastPart(string path) => Path.GetFileName(path.TrimEnd('/', '\\'));

    private static IEnumerable<float> Finite(IEnumerable<float> values) => values.Where(float.IsFinite);
}

/// <summary>Neurons that have something in common.</summary>
internal sealed record CardGroup(string Title, string What, IReadOnlyList<NeuronCard> Neurons);

/// <summary>A neuron in brief.</summary>
internal sealed record NeuronCard(int Layer, int Neuron, double? Variance, IReadOnlyList<int> Images, IReadOnlyList<TextWeight> Writes,
    IReadOnlyList<TextWeight>? Acts);

/// <summary>A text and its weight, rounded for a page.</summary>
internal sealed record TextWeight(string Text, double? Weight)
{
    public static TextWeight From(NeuronText text) => new(text.Text, DataScript.Number(text.Coefficient));
}

/// <summary>A block in figures: how explained variance and thresholds are distributed over its neurons.</summary>
internal sealed record LayerFigures(int Layer, int Count, double? MedianVariance, double? MedianThreshold, Histogram Variance,
    Histogram Threshold)
{
    /// <summary>Reads them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="layer">The block.</param>
    /// <param name="strongest">The largest threshold of all blocks, where the histograms end.</param>
    public static LayerFigures Read(RunDirectory run, int layer, float strongest)
    {
        var neurons = run.Neurons(layer);
        return new(layer, neurons.Count, Median(neurons.VarianceExplained), Median(neurons.Threshold),
            Histogram.Count(neurons.VarianceExplained, 0, 1), Histogram.Count(neurons.Threshold, 0, strongest));
    }

    private static double? Median(IReadOnlyList<float> values) =>
        Quantiles.Describe(values.Where(float.IsFinite).Select(value => (double)value)) is { } own ? DataScript.Number(own.Median) : null;
}
