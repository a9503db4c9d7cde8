using System.CommandLine;
using System.Diagnostics;
using ClipLens.Cli.Commands.Demo;

namespace ClipLens.Cli.Commands;

/// <summary>The whole story on a drawn world whose truth is known, with nothing but this program.</summary>
internal sealed class DemoCommand : CliCommand
{
    private readonly Option<string> output;
    private readonly Option<int> seed;
    private readonly Option<bool> fast;

    public DemoCommand() : base("demo",
        "Tells the whole story offline: draws a world whose truth is known, describes the neurons of a small CLIP that was trained on it, and scores the descriptions, "
        + "segmentations, concepts, spurious cues and adversarial pictures against the truth. Writes a report to be opened in a browser.")
    {
        output = Has(CommonOptions.Text("--output", "DIR", "Folder for the run, scores.json and report.html.", "demo"));
        seed = Has(CommonOptions.Count("--seed", 0, "Seed of the pictures; the same seed gives the same output.", 0));
        fast = Has(new Option<bool>("--fast") { Description = "Fewer pictures and layers: some seconds." });
        Add(new DemoDrawCommand());
        Add(new DemoTrainCommand());
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Everything, in a minute or two", "cliplens demo"),
        new("Other pictures, in another folder", "cliplens demo --seed 1 --output other"),
        new("A look in some seconds", "cliplens demo --fast --output quick"),
    ];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        var settings = DemoSettings.Create(call.Get(output), (ulong)call.Get(seed), call.Get(fast));
        string report = Inputs.OutputFile(settings.File("report.html"));
        var clock = Stopwatch.StartNew();
        using var job = new DemoJob(settings);
        call.Terminal.ShowProgress(progress => job.Work(progress, call.Stop));
        DemoReport.Write(report, job);
        DemoSummary.Write(call.Terminal, job, clock.Elapsed);
    }
}
