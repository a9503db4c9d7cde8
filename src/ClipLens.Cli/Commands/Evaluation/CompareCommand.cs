using System.CommandLine;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>First-order, second-order and indirect effects side by side.</summary>
internal sealed class CompareCommand : CliCommand
{
    private readonly EvaluationOptions inputs;
    private readonly Option<string> layers, output;
    private readonly Option<int> neurons, sample, resamples, seed;
    private readonly Option<int?> top;

    public CompareCommand() : base("compare",
        "Compares the neurons' effects straight to the output (first-order), through later attention heads (second-order) and through "
        + "everything (indirect: the "
        + "change of the output when a neuron is replaced by its mean in a forward pass): accuracy with the mean in place of all effects "
        + "of a layer, and "
        + "how much of a neuron's effects lies in one direction.")
    {
        inputs = EvaluationOptions.AddTo(this);
        HasPlacement();
        layers = Has(CommonOptions.Layers("Layers of the run."));
        neurons = Has(CommonOptions.Count("--neurons", 64, "Neurons of a layer, drawn at random, whose effects are measured one by one."));
        sample = Has(CommonOptions.Count("--sample", 300, "Images of the run's dataset, drawn at random, to measure them on. Indirect "
            + "effects cost a part of a forward pass for every neuron and image.", 2));
        top = Has(CommonOptions.Number("--top", "Top images of a neuron among these; as large a share as in the run, but at least 20, if "
            + "left out."));
        resamples = Has(CommonOptions.Resamples());
        seed = Has(CommonOptions.Seed("Seed of everything that is drawn."));
        output = Has(CommonOptions.Output("OUT.json", "File to write."));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Layer 9, as in Table 1 of the paper",
            "cliplens compare --run run --images validation --labels labels.csv --classes classes.txt --layers 9 --output compare.json"),
        new("All neurons of the layer on 100 images (long)",
            "cliplens compare --run run --images validation --labels labels.csv --classes classes.txt \\\n--layers 9 --neurons 3072 "
            + "--sample 100 --output compare.json"),
    ];

    public override void Run(Invocation call)
    {
        var settings = new ComparisonSettings
        {
            Layers = LayerSelection.Parse(call.Get(layers)),
            Neurons = call.Get(neurons),
            Sample = call.Get(sample),
            Top = call.Find(top),
            Resamples = call.Get(resamples),
            Seed = (ulong)call.Get(seed),
        };
        settings.Check();
        string path = OutputFile.Prepare(call.Get(output));
        var result = inputs.Study(call, (opened, progress) => ComparisonStudy.Run(opened, settings, progress, call.Stop));
        result.Write(path);
        ComparisonReport.Write(call.Terminal, result, path);
    }
}
