using ClipLens.Runs.Studies.Portraits;
using ClipLens.Statistics;

namespace ClipLens.Explorer.Data;

/// <summary>The facts of the first page, and which pages there are.</summary>
internal sealed record OverviewData(string Model, string Format, int Blocks, int Width, string Dataset, int Images, int Unreadable,
    string? Pool, int PoolTexts, bool ActsOn, bool Live, int Block, int Top, IReadOnlyList<string> Notes, IReadOnlyList<string> Pages,
    IReadOnlyList<LayerFigures> Layers, IReadOnlyList<CardGroup> Cards, AblationData? Ablation, bool Portraits)
{
    /// <summary>Reads them from a run.</summary>
    /// <param name="sources">The run.</param>
    /// <param name="live">Whether the model is at hand.</param>
    /// <param name="pages">The pages that there are.</param>
    /// <param name="ablation">The file of the ablation; null if there is none.</param>
    /// <param name="notes">What else to keep in mind, a sentence each.</param>
    public static OverviewData Read(RunSources sources, bool live, IReadOnlyList<string> pages, string? ablation,
        IReadOnlyList<string> notes)
    {
        var (run, texts, facts) = (sources.Run, sources.Texts, sources.Run.Manifest);
        sources.ReadAll();
        float strongest = run.Layers.Max(layer => run.NeuronsInBrief(layer).Threshold.Where(float.IsFinite).DefaultIfEmpty(0).Max());
        float selective = run.Layers.Max(layer => sources.Scores(layer).Selectivity.Where(float.IsFinite).DefaultIfEmpty(0).Max());
        return new(facts.Model.Name ?? LastPart(facts.Model.Path), facts.Model.Format, facts.Model.Blocks, facts.Model.EmbedDim,
            LastPart(facts.Images.Source), facts.Images.Count, run.Images.Count(image => image.Error is not null), texts.Pool,
            texts.Pool is null ? 0 : run.Pools[0].Count, run.Layers.Any(layer => texts.ActsOn(layer) is not null), live, NeuronData.Block,
            run.NeuronsInBrief(run.Layers[0]).Top, [.. run.Notes, .. notes], pages,
            [.. run.Layers.AsParallel().AsOrdered().Select(layer => LayerFigures.Read(sources, layer, strongest, selective))],
            CardGroup.All(sources),
            AblationData.Read(run, ablation), PortraitStudy.Missing(run).Count == 0);
    }

    /// <summary>A folder's or file's own name: pages that are passed on tell nothing of the machine that they were made on.</summary>
    public static string LastPart(string path) => Path.GetFileName(path.TrimEnd('/', '\\'));
}

/// <summary>A block in figures: how its neurons' scores are distributed; null where one was not measured.</summary>
internal sealed record LayerFigures(int Layer, int Count, double? MedianVariance, double? MedianThreshold, double? MedianSelectivity,
    double? MedianTruth, double? MedianFloor, Histogram Variance, Histogram Threshold, Histogram Selectivity, Histogram? Truth,
    Histogram? Polysemanticity)
{
    /// <summary>Reads them.</summary>
    /// <param name="sources">The run.</param>
    /// <param name="layer">The block.</param>
    /// <param name="strongest">The largest threshold of all blocks, where the histograms end.</param>
    /// <param name="selective">The largest selectivity of all blocks.</param>
    public static LayerFigures Read(RunSources sources, int layer, float strongest, float selective)
    {
        var neurons = sources.Run.NeuronsInBrief(layer);
        var scores = sources.Scores(layer);
        var truth = scores.Truth?.Neurons;
        return new(layer, neurons.Count, Median(neurons.VarianceExplained), Median(neurons.Threshold), Median(scores.Selectivity),
            truth is null ? null : Median([.. truth.Select(own => (float)own.Description)]),
            truth is null ? null : Median([.. truth.Select(own => (float)own.Random)]),
            Histogram.Count(neurons.VarianceExplained, 0, 1), Histogram.Count(neurons.Threshold, 0, strongest),
            Histogram.Count(scores.Selectivity, 0, selective),
            truth is null ? null : Histogram.Count(truth.Select(own => (float)own.Description), 0, 1),
            scores.Polysemanticity is { } unlike ? Histogram.Count(unlike, 0, 1.2) : null);
    }

    private static double? Median(IReadOnlyList<float> values) =>
        Quantiles.Describe(values.Where(float.IsFinite).Select(value => (double)value)) is { } own ? DataScript.Number(own.Median) : null;
}
