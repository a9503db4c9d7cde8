using System.CommandLine;
using System.Globalization;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Scenes.Training;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>Trains the world's CLIP, as the one that comes with the program was trained.</summary>
internal sealed class DemoTrainCommand : CliCommand
{
    private readonly Option<string> output;
    private readonly Option<int> seed, steps;
    private readonly Option<bool> precise;

    public DemoTrainCommand() : base("train",
        "Trains the small CLIP of the drawn world, about half an hour on two cores: seeded, to the same bits on the same kind of "
        + "processor, and continued by the same command when it was stopped.")
    {
        var standard = new TrainingSettings();
        output = Has(CommonOptions.Output("DIR", "Folder for checkpoint.safetensors, losses.csv and model/, an open_clip folder."));
        seed = Has(CommonOptions.Count("--seed", (int)standard.Seed, "Seed of the weights, pictures and captions.", 0));
        steps = Has(CommonOptions.Count("--steps", standard.Steps, $"Steps of {standard.BatchSize} pictures."));
        precise = Has(new Option<bool>("--float32") { Description = "Compute everything in float32, for processors without bfloat16." });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("The model that comes with the program", "cliplens demo train --output world"),
        new("Another seed", "cliplens demo train --seed 1 --output world-1"),
    ];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        var settings = new TrainingSettings { Seed = (ulong)call.Get(seed), Steps = call.Get(steps), BFloat16 = !call.Get(precise) };
        string folder = call.Get(output);
        if (File.Exists(folder)) throw new ClipLensException($"The output {folder} is a file; give a folder.");
        WorldScores? scores = null;
        call.Terminal.ShowProgress(progress => scores = WorldTraining.Run(folder, settings, new Log(call.Terminal, progress), call.Stop));
        call.Terminal.WriteLine($"Held out: {Line(scores!)}");
        call.Terminal.WriteLine($"The model is in {Path.Combine(folder, "model")}, the losses in {Path.Combine(folder, "losses.csv")}.");
    }

    private static string Line(WorldScores scores) => string.Create(CultureInfo.InvariantCulture,
        $"main object {scores.Objects:0.0} % (without planted cues {scores.BalancedObjects:0.0} %), its colour {scores.Colours:0.0} %, "
        + $"its pattern {scores.Patterns:0.0} %, background {scores.Backgrounds:0.0} %, "
        + $"caption among 200 {scores.PictureToText:0.0} %, picture among 200 {scores.TextToPicture:0.0} %");

    private sealed class Log(Terminal terminal, IProgress<WorkProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            progress.Report(new("Training", value.Step, value.Steps));
            if (value.Scores is { } scores)
                terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"step {value.Step}: loss {value.Loss:0.000}, {value.PicturesPerSecond:0} pictures/s; {Line(scores)}"));
        }
    }
}
