using System.CommandLine;
using System.Diagnostics;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Scenes.Demo;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>The whole story on a drawn world whose truth is known, with nothing but this program.</summary>
internal sealed class DemoCommand : CliCommand
{
    private readonly Option<string> output;
    private readonly Option<int> seed;
    private readonly Option<bool> fast, overwrite;

    public DemoCommand() : base("demo",
        "Tells the whole story offline: draws a world whose truth is known, describes the neurons of a small CLIP that was trained on "
        + "it, and scores the descriptions, "
        + "segmentations, concepts, spurious cues and adversarial pictures against the truth. Writes a report to be opened in a browser.")
    {
        output = Has(CommonOptions.Text("--output", "DIR", "Folder for the run, scores.json and report.html; new, or a demo's: demo if "
            + "left out, demo-fast with --fast."));
        seed = Has(CommonOptions.Seed("Seed of the pictures; the same seed gives the same output."));
        fast = Has(new Option<bool>("--fast") { Description = "Fewer pictures and layers: some seconds." });
        overwrite = Has(new Option<bool>("--overwrite") { Description = "Begin anew where another demo was made, deleting what it left." });
        Add(new DemoDrawCommand());
        Add(new DemoSetCommand());
        Add(new DemoTrainCommand());
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Everything, in a minute or two", "cliplens demo"),
        new("Other pictures, in another folder", "cliplens demo --seed 1 --output other"),
        new("A look in some seconds", "cliplens demo --fast"),
        new("Other pictures where everything was", "cliplens demo --seed 1 --overwrite"),
    ];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        var settings = DemoSettings.Create(call.Find(output) ?? (call.Get(fast) ? "demo-fast" : "demo"),
            (ulong)call.Get(seed), call.Get(fast)) with
        {
            Overwrite = call.Get(overwrite),
            Next = DemoNext.Commands,
        };
        call.Terminal.Note($"The demo goes into the folder {settings.Output} and will take about {settings.Megabytes} MB.");
        var clock = Stopwatch.StartNew();
        DemoResult? result = null;
        call.Terminal.ShowProgress(progress => result = WorldDemo.Run(settings, progress, call.Stop));
        call.Terminal.ShowProgress(progress => DemoPages.Write(result!, progress, call.Stop));
        AblationReport.WriteAccuracies(call.Terminal, result!.Ablation);
        DemoSummary.Write(call.Terminal, result!, clock.Elapsed);
    }
}
