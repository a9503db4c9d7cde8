using System.CommandLine;
using ClipLens.Compute;
using ClipLens.Scenes;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>Labelled pictures of the drawn world.</summary>
internal sealed class DemoSetCommand : CliCommand
{
    private readonly Option<int> count, seed, side;
    private readonly Option<bool> balanced;
    private readonly Option<string> output;

    public DemoSetCommand() : base("set",
        "Draws labelled pictures of the world into a folder: labels.csv, classes.txt, templates.txt, groups.csv (kind, and whether in its "
        + "usual place) and captions.csv beside them. Pictures that are there already stay.")
    {
        count = Has(CommonOptions.Count("--count", 2000, "Pictures."));
        balanced = Has(new Option<bool>("--balanced")
        {
            Description = "Without the planted correlations: backgrounds, companions and "
            + "colours independent of the object."
        });
        seed = Has(CommonOptions.Seed("Seed of the scenes."));
        side = Has(CommonOptions.Count("--side", 64, "Side of the pictures in pixels, 16 to 2048.", 16));
        output = Has(CommonOptions.Output("DIR", "Folder to write."));
    }

    public override string WhenStopped => "Stopped; the same command goes on with the pictures that are missing.";

    public override IReadOnlyList<Example> Examples =>
        [new("Pictures in which cues speak for the wrong class as often as for the right one",
        "cliplens demo set --balanced --output balanced")];

    public override void Run(Invocation call)
    {
        var generator = new SceneGenerator((ulong)call.Get(seed), new SceneSettings(CueStrength: call.Get(balanced) ? 0 : 1));
        call.Terminal.ShowProgress(progress => DrawnSet.Draw(call.Get(output), generator, call.Get(count), call.Get(side),
            new StageProgress(progress, "Drawing pictures", call.Get(count)), call.Stop).WriteTables());
        call.Terminal.WriteLine($"{call.Get(count)} labelled pictures in {call.Get(output)}.");
    }
}
