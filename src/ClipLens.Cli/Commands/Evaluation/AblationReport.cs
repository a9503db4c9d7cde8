using ClipLens.Ablation;
using ClipLens.Cli.Output;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What <c>ablate</c> says at the end.</summary>
internal static class AblationReport
{
    public static void Write(Terminal terminal, AblationResult result, string path)
    {
        terminal.WriteLine($"Zero-shot top-1 accuracy in percent on {Words.Count(result.Images, "image")} of {result.Classes} classes, "
            + "with the "
            + "second-order effects of a layer replaced.");
        var baseline = result.Figures[0][AblationNames.Baseline];
        terminal.WriteLine($"Baseline: top-1 {baseline.Top1:0.0} % (95 % interval {baseline.Top1Interval.Low:0.0} to "
            + $"{baseline.Top1Interval.High:0.0}), top-5 {baseline.Top5:0.0} %.");
        WriteAccuracies(terminal, result);
        terminal.WriteLine("* differs from the baseline: the 95 % interval of the paired difference does not hold 0.");
        terminal.WriteLine("Significant: share of images on which a neuron's effect is above its threshold.");
        if (result.Truths.Count > 0) WriteTruths(terminal, result);
        terminal.WriteLine();
        if (result.Failures.Count > 0)
            terminal.WriteLine($"{Words.Count(result.Failures.Count, "image")} could not be read; the first: {result.Failures[0]}");
        if (result.Unlabelled > 0) terminal.WriteLine($"{Words.Count(result.Unlabelled, "image")} without a label left out.");
        var (layers, texts) = AblationResult.PlotPaths(path);
        terminal.WriteLine($"All figures are in {path}; plots in {layers}.png{(result.Sizes.Count > 0 ? $" and {texts}.png" : "")} (also "
            + "SVG).");
        if (result.Truths.Count > 0) terminal.WriteLine("Scores by neuron and text, and concepts: truth-*, concepts-*.parquet in the "
            + $"layers of {result.Run.Path}.");
    }

    /// <summary>The table of accuracies.</summary>
    public static void WriteAccuracies(Terminal terminal, AblationResult result)
    {
        (string Name, string Title)[] shown =
        [
            (AblationNames.Baseline, "Baseline"), (AblationNames.WithoutAll, "Without all"), (AblationNames.WithoutLarge, "Without large"),
            (AblationNames.WithoutSmall, "Without small"), (AblationNames.FirstComponent, "First component"),
            .. result.Sizes.Select(size => (AblationNames.SparseText(size), Words.Count(size, "text"))),
            .. result.Sizes.Select(size => (AblationNames.SparseTextReleased(size), $"{Words.Count(size, "text")}, released")),
        ];
        shown = [.. shown.Where(ablation => result.Figures[0].Figures.Any(figures => figures.Name == ablation.Name))];
        var table = new ResultTable([">Layer", .. shown.Select(ablation => ">" + ablation.Title), ">Significant"]);
        foreach (var subject in result.Figures)
        {
            var activity = result.Activities.FirstOrDefault(activity => activity.Layer == subject.Layer);
            table.Add([subject.Layer is int layer ? $"{layer}" : "all", .. shown.Select(ablation => Cell(subject[ablation.Name])),
                activity is null ? "" : Words.Percent(activity.SignificantPercent / 100)]);
        }
        terminal.Write(table);
    }

    private static string Cell(AblationFigures figures) =>
        $"{figures.Top1:0.0}{(figures.DifferenceInterval.Low > 0 || figures.DifferenceInterval.High < 0 ? "*" : " ")}";

    private static void WriteTruths(Terminal terminal, AblationResult result)
    {
        terminal.WriteLine();
        terminal.WriteLine("How well the texts of a neuron tell on which of these images it is significant (area under the ROC curve, "
            + "0.5 for nothing; median [10 %, 90 %] of neurons):");
        var table = new ResultTable([">Layer", ">Texts", .. TruthCells.Columns]) { Name = "descriptions" };
        // Of many sizes the ends tell enough; the file has them all.
        foreach (var truth in result.Truths.Where(truth => truth.Size == result.Sizes[0] || truth.Size == result.Sizes[^1]))
            table.Add([$"{truth.Layer}", $"{truth.Size}", .. TruthCells.Fill(truth)]);
        terminal.Write(table);
        terminal.WriteLine(TruthCells.Legend);
    }
}
