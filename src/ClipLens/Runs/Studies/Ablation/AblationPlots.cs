using ClipLens.Ablation;
using ClipLens.Drawing;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>Accuracy against layer, and against the number of texts, as in Figures 3 and 4 of the paper; PNG and SVG beside the
/// results.</summary>
internal static class AblationPlots
{
    private const int LayersShown = 4;

    public static void Write(string path, AblationResult result)
    {
        var (layers, texts) = AblationResult.PlotPaths(path);
        Save(OverLayers(result), layers);
        if (result.Sizes.Count > 0) Save(OverTexts(result), texts);
    }

    private static void Save(Chart chart, string stem)
    {
        chart.Save(stem + ".png");
        chart.Save(stem + ".svg");
    }

    private static Chart OverLayers(AblationResult result)
    {
        var blocks = result.Figures.Where(subject => subject.Layer is not null).ToList();
        string last = result.Sizes.Count > 0 ? AblationNames.SparseText(result.Sizes[^1]) : "";
        (string Name, string Title)[] shown =
        [
            (AblationNames.WithoutAll, "without all"), (AblationNames.WithoutLarge, "without large"),
                (AblationNames.WithoutSmall, "without small"),
            (AblationNames.FirstComponent, "first component"), .. result.Sizes.Count > 0 ? [(last, $"{result.Sizes[^1]} texts")]
            : Array.Empty<(string, string)>(),
        ];
        return new("Classification with second-order effects replaced, one layer at a time", new("layer"), new("top-1 accuracy (%)"),
        [
            new("baseline", [new(blocks[0].Layer!.Value, blocks[0][AblationNames.Baseline].Top1)], ChartMark.Level),
            .. shown.Select(ablation =>
            new ChartSeries(ablation.Title, [.. blocks.Select(subject => Point(subject.Layer!.Value, subject[ablation.Name]))])),
        ]);
    }

    private static Chart OverTexts(AblationResult result)
    {
        // Of many layers, those that matter most to the model: there is something to reconstruct.
        var shown = result.Figures.OrderBy(subject => subject.Layer is null ? double.NegativeInfinity : subject[AblationNames.WithoutAll]
            .Top1)
            .Take(LayersShown + 1).OrderBy(subject => subject.Layer ?? int.MaxValue).ToList();
        return new("Classification from the neurons' texts", new("texts a neuron", Logarithmic: true), new("top-1 accuracy (%)"),
        [
            new("baseline", [new(result.Sizes[0], result.Figures[0][AblationNames.Baseline].Top1)], ChartMark.Level),
            .. shown.Select(subject => new ChartSeries(subject.Layer is int layer ? $"layer {layer}" : "all together",
                [.. result.Sizes.Select(size => Point(size, subject[AblationNames.SparseText(size)]))])),
        ]);
    }

    private static ChartPoint Point(double x, AblationFigures figures) =>
        new(x, figures.Top1, figures.Top1Interval.Low, figures.Top1Interval.High);
}
