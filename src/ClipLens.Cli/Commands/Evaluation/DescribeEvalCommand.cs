using System.CommandLine;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Truth;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>How true the descriptions of several methods are, side by side.</summary>
internal sealed class DescribeEvalCommand : CliCommand
{
    private readonly Option<string> run, layers, pool, output, model, runImages;
    private readonly Option<string[]> images;
    private readonly Option<int?> size, workers;
    private readonly Option<int> batch, seed;

    public DescribeEvalCommand() : base("describe-eval",
        "Measures, on images that the run has not seen, how well descriptions tell on which of them neurons act: what neurons act on "
        + "and what they write, other methods, "
        + "another neuron's texts and a random text as floor, a linear read-out as ceiling; all on the same neurons, images and texts.")
    {
        run = Has(CommonOptions.Run());
        images = Has(CommonOptions.Images());
        layers = Has(CommonOptions.RunLayers());
        pool = Has(CommonOptions.Pool());
        size = Has(CommonOptions.Number("--size", "Table of this many texts that says what neurons write; the smallest of at least 8 if "
            + "left out."));
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        seed = Has(CommonOptions.Seed("Seed of random texts and partners."));
        model = Has(CommonOptions.RunModel());
        runImages = Has(CommonOptions.RunImages());
        output = Has(CommonOptions.Output("OUT.json", "File to write."));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("All layers, with the pool that the run has",
            "cliplens describe-eval --run run --images validation --output descriptions.json"),
        new("Layer 8, with another pool", "cliplens describe-eval --run run --images validation --layers 8 --pool words --output "
        + "descriptions.json"),
    ];

    public override void Run(Invocation call)
    {
        string path = OutputFile.Prepare(call.Get(output));
        var opened = Inputs.Run(call, run, runImages);
        var entries = Inputs.Images(call, call.Get(images));
        var settings = new DescriptionStudySettings
        {
            Layers = LayerSelection.Parse(call.Get(layers)),
            Pool = call.Find(pool),
            Size = call.Find(size),
            Batch = call.Get(batch),
            Workers = call.Find(workers),
            Seed = (ulong)call.Get(seed),
        };
        using var clip = Inputs.RunModel(call, opened, call.Find(model));
        DescriptionStudyResult? result = null;
        call.Terminal.ShowProgress(progress => result = DescriptionStudy.Run(opened, clip, entries, settings, progress, call.Stop));
        result!.Write(path);
        DescriptionReport.Write(call.Terminal, result!);
        call.Terminal.WriteLine($"All figures are in {path}.");
    }
}
