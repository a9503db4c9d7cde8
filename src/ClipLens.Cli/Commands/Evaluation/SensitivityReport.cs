using ClipLens.Cli.Output;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What <c>sensitivity</c> says at the end.</summary>
internal static class SensitivityReport
{
    public static void Write(Terminal terminal, SensitivityResult result, string path)
    {
        terminal.WriteLine($"Reconstruction of the neurons' directions, measured on {Words.Count(result.Images, "labelled image")}; the "
            + "run's own choice of top images first.");
        var table = new ResultTable(">Layer", ">Top images", "Pool", "Scaling", ">Texts", ">Cosine", ">Random", ">Explained",
            ">On significant", ">Accuracy", ">Difference");
        foreach (var row in result.Rows) table.Add(Cells(row, result.Dataset));
        terminal.Write(table);
        terminal.WriteLine("Cosine: of direction and reconstruction, mean over neurons. Random: the same for random directions, which no "
            + "text describes.");
        terminal.WriteLine("Explained: share of the squared effects, less their mean, along the reconstruction.");
        terminal.WriteLine($"All figures are in {path}.");
    }

    private static string[] Cells(SensitivityFigures row, int dataset)
    {
        bool isText = row.Case.Pool is not null;
        return
        [
            $"{row.Layer}", $"{row.Case.Top} ({Words.Percent((double)row.Case.Top / dataset)})", row.Case.Pool ?? "first component",
            isText ? row.Case.Scaling.ToString().ToLowerInvariant() : "", isText ? $"{row.Case.Size}" : "", $"{row.Cosine:0.000}",
            isText ? $"{row.Random:0.000}" : "", Words.Percent(row.ExplainedPercent / 100),
            Words.Percent(row.ExplainedOnSignificantPercent / 100),
            $"{row.Accuracy.Top1:0.0}", $"{row.Accuracy.Difference:+0.0;-0.0;0.0}",
        ];
    }
}
