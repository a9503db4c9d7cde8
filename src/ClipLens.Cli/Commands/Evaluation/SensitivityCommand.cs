using System.CommandLine;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What the number of top images, the number of texts, the pool and its scaling do to the descriptions.</summary>
internal sealed class SensitivityCommand : CliCommand
{
    private readonly EvaluationOptions inputs;
    private readonly Option<string> layers, top, size, output;
    private readonly Option<string[]> pools;
    private readonly Option<int> resamples, seed;

    public SensitivityCommand() : base("sensitivity",
        "Measures, on labelled images that the run has not seen, how well the texts reconstruct the neurons for other numbers of top "
        + "images and texts, "
        + "other pools of the run and both ways to scale them: cosine with the direction, share of the effects along it, accuracy.")
    {
        inputs = EvaluationOptions.AddTo(this);
        HasPlacement();
        layers = Has(CommonOptions.Layers("Layers of the run."));
        top = Has(CommonOptions.Text("--top", "n|p%,...", "Numbers of top images beside the run's own; they take another pass over the "
            + "run's images.", "1%,5%"));
        size = Has(CommonOptions.Text("--size", "n,...", "Texts a neuron.", "4,8,16,32,64"));
        pools = Has(CommonOptions.Texts("--pool", "NAME", "Text pools of the run; all if left out."));
        resamples = Has(CommonOptions.Resamples());
        seed = Has(CommonOptions.Seed("Seed of the bootstrap."));
        output = Has(CommonOptions.Output("OUT.json", "File to write."));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Layer 9, with the standard choices",
            "cliplens sensitivity --run run --images validation --labels labels.csv --classes classes.txt --layers 9 --output "
            + "sensitivity.json"),
        new("The run's own top images only, up to 128 texts",
            "cliplens sensitivity --run run --images validation --labels labels.csv --classes classes.txt \\\n--layers 9 --top 2% --size "
            + "8,32,128 --output sensitivity.json"),
    ];

    public override void Run(Invocation call)
    {
        string path = OutputFile.Prepare(call.Get(output));
        var settings = new SensitivitySettings
        {
            Layers = LayerSelection.Parse(call.Get(layers)),
            Tops = [.. call.Get(top).Split(',').Select(word => TopCount.Parse(word.Trim()))],
            Sizes = Inputs.Numbers("--size", call.Get(size)),
            Pools = call.Find(pools) is { Length: > 0 } named ? named : null,
            Resamples = call.Get(resamples),
            Seed = (ulong)call.Get(seed),
        };
        var result = inputs.Study(call, (opened, progress) => SensitivityStudy.Run(opened, settings, progress, call.Stop));
        result.Write(path);
        SensitivityReport.Write(call.Terminal, result, path);
    }
}
