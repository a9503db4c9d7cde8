using System.CommandLine;
using ClipLens.Runs;
using ClipLens.Runs.Parts;

namespace ClipLens.Cli.Commands.Analyzing;

/// <summary>Parts of a run, analyzed on several machines, become the run.</summary>
internal sealed class MergeCommand : CliCommand
{
    private readonly Option<string> run, model, images;
    private readonly Option<string[]> texts;
    private readonly Option<int?> workers;
    private readonly Option<bool> keep;

    public MergeCommand() : base("merge",
        "Makes a run of its parts, which 'cliplens analyze --shard' wrote on several machines: the same bytes in every file as if one "
        + "machine had analyzed all images.")
    {
        run = Has(CommonOptions.Text("--run", "RUN", "Folder that the parts were written to.", required: true));
        model = Has(CommonOptions.Text("--model", "M", "Where the checkpoint is now, if it is not where the parts found it."));
        images = Has(CommonOptions.Text("--images", "D", "Where the images are now, if they are not where the parts found them."));
        texts = Has(CommonOptions.Texts("--texts", "T.txt", "Where the text files are now, if they are not where the parts found them."));
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        keep = Has(new Option<bool>("--keep-parts") { Description = "Leave the parts where they are." });
    }

    public override IReadOnlyList<Example> Examples => [new("Make the run of its parts", "cliplens merge --run run")];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        AnalysisResult? result = null;
        var settings = new MergeSettings
        {
            Run = call.Get(run),
            Model = call.Find(model),
            Images = call.Find(images),
            TextFiles = call.Find(texts) is { Length: > 0 } files ? files : null,
            Workers = call.Find(workers),
            Placement = Inputs.Placement(call),
            KeepParts = call.Get(keep),
        };
        call.Terminal.ShowProgress(progress => result = ShardedAnalysis.Merge(settings, progress, call.Stop));
        AnalysisReport.Write(call.Terminal, result!, result!.Run.Layers);
    }
}
