using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Portraits;

namespace ClipLens.Cli.Commands.Pages;

/// <summary>A run as pages in a folder.</summary>
internal sealed class ReportCommand : CliCommand
{
    private readonly Option<string> run, output, model;
    private readonly ExplorerOptions shown;

    public ReportCommand() : base("report", "Writes the pages of 'cliplens explore' into a folder, to open from disk or to put on any "
        + "web host. Activation maps and the page of pictures need the model and are in the live pages only.")
    {
        run = Has(CommonOptions.Run());
        output = Has(CommonOptions.Output("DIR", "Folder to write to; files of the same names in it are replaced."));
        model = Has(CommonOptions.RunModel());
        HasPlacement();
        shown = new(Has, Has);
    }

    public override IReadOnlyList<Example> Examples => [new("Pages of a run to pass on", "cliplens report --run run --output pages")];

    public override string WhenStopped => "Stopped; the folder holds a part of the pages.";

    public override void Run(Invocation call)
    {
        var directory = RunDirectory.Open(RunFolder.Find(call.Get(run)));
        var settings = shown.Read(call, directory);
        string folder = call.Get(output);
        if (File.Exists(Path.Combine(folder, "run.json")))
            throw new ClipLensException($"{folder} is a run, among whose files the pages would lie; give another folder (--output).");
        ExplorerReport? report = null;
        call.Terminal.ShowProgress(progress =>
        {
            using var site = new ExplorerSite(directory, null, settings);
            LookAtAllImages(call, directory, progress);
            report = ExplorerReport.Write(site, folder, progress, call.Stop);
        });
        call.Terminal.WriteLine($"{Words.Count(report!.Files, "file")}, {report.Bytes / 1e6:0.0} MB; open "
            + $"{Path.Combine(folder, "index.html")} in a browser.");
        if (report.MissingPictures > 0)
            call.Terminal.Note(report.MissingPictures == 1
                ? "1 image of the run is not there any more or has changed; its place in the pages is empty."
                : $"{report.MissingPictures} images of the run are not there any more or have changed; their places in the pages are "
                + "empty.");
    }

    /// <summary>What the pages say of all images needs the model once; a report without it is still a report.</summary>
    private void LookAtAllImages(Invocation call, RunDirectory directory, IProgress<Compute.WorkProgress> progress)
    {
        if (PortraitStudy.Missing(directory).Count == 0) return;
        try
        {
            using var loaded = Inputs.RunModel(call, directory, call.Find(model));
            PortraitStudy.Run(directory, loaded, new() { Progress = progress, Cancellation = call.Stop });
        }
        catch (ClipLensException error) when (call.Find(model) is null)
        {
            call.Terminal.Note("The pages lack what neurons do on all images: "
                + $"{char.ToLowerInvariant(error.Message[0])}{error.Message[1..]}");
        }
    }
}
