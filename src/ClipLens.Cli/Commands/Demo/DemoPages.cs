using System.Text;
using ClipLens.Compute;
using ClipLens.Explorer;
using ClipLens.Files;
using ClipLens.Runs.Studies.Portraits;
using ClipLens.Scenes;
using ClipLens.Scenes.Demo;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>The demo's report: the pages of its run with the scores against the truth, beside the story; <c>report.html</c> opens
/// them.</summary>
internal static class DemoPages
{
    private const string What = "What ClipLens says of the neurons of a small CLIP beside what is true of the pictures that it was "
        + "shown: they are drawn, so the truth is known. The best of each row is bold.";

    private const string Opening = """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="0; url=report/scores.html"><title>A world whose truth is known</title></head>
        <body><p>The report is <a href="report/scores.html">here</a>: scores against the truth, every neuron, and the whole story.</p></body>
        </html>

        """;

    /// <summary>The file that opens the report.</summary>
    public static string PathOf(DemoResult result) => result.Settings.File("report.html");

    /// <summary>Writes the pages.</summary>
    public static void Write(DemoResult result, IProgress<WorkProgress> progress, CancellationToken cancellation)
    {
        if (PortraitStudy.Missing(result.Run).Count > 0)
        {
            using var model = WorldModel.Load();
            PortraitStudy.Run(result.Run, model, new() { Progress = progress, Cancellation = cancellation });
        }
        var scores = result.Scores.Select(row => new ScoreRow(row.Name, row.Percent,
            [.. row.Baselines.Select(baseline => new Baseline(baseline.Name, baseline.Percent))])).ToList();
        using var site = new ExplorerSite(result.Run, null, new()
        {
            Ablation = result.Settings.File("ablation.json"),
            Adversarial = RunFolder.AdversarialOf(result.Run),
            Scores = new("Scores against the truth", What, scores, Path.GetFileName(result.Story)),
        });
        ExplorerReport.Write(site, result.Settings.File("report"), progress, cancellation);
        AtomicFile.Write(PathOf(result), Encoding.UTF8.GetBytes(Opening));
    }
}
