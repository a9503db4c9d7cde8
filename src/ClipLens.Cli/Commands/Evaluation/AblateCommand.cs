using System.CommandLine;
using ClipLens.Files;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>How much of the model the second-order effects, their directions and their texts explain.</summary>
internal sealed class AblateCommand : CliCommand
{
    private readonly EvaluationOptions inputs;
    private readonly Option<string> layers, pool, size, output;
    private readonly Option<bool> joint, released;
    private readonly Option<int> batch, memory, resamples, seed;

    public AblateCommand() : base("ablate",
        "Measures zero-shot classification with the second-order effects of a layer replaced: by their means (all, the large ones, the "
        + "small ones), by their "
        + "first component, and by what their texts say; and how well the texts tell on which images a neuron is significant. One "
        + "forward pass an image for all layers.")
    {
        inputs = EvaluationOptions.AddTo(this);
        HasPlacement();
        layers = Has(CommonOptions.RunLayers("Layers of the run, one ablation each."));
        joint = Has(new Option<bool>("--joint") { Description = "Also ablate all these layers together." });
        pool = Has(CommonOptions.Pool("Text pool of the run; its first if left out."));
        size = Has(CommonOptions.Text("--size", "n,...", "Texts a neuron, an ablation for each; the run's tables if left out. Sizes that "
            + "the run lacks are made for this."));
        released = Has(new Option<bool>("--released-projection")
        {
            Description = "Also project on the texts' directions as the paper's "
            + "released code does, without dividing by their squared lengths."
        });
        batch = Has(CommonOptions.Batch());
        memory = Has(CommonOptions.Count("--memory", (int)(new AblationStudySettings().MemoryBudget >> 20),
            "Megabytes for tables; with less there are more passes over the images."));
        resamples = Has(CommonOptions.Resamples());
        seed = Has(CommonOptions.Seed("Seed of the bootstrap and of the random descriptions."));
        output = Has(CommonOptions.Output("OUT.json", "File to write; plots (PNG, SVG) and tables of the descriptions' scores (Parquet) "
            + "go beside it."));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("All layers of a run on labelled images",
            "cliplens ablate --run run --images validation --labels labels.csv --classes classes.txt --output ablation.json"),
        new("Layers 8 to 10, also together, with 8 to 128 texts a neuron",
            "cliplens ablate --run run --images validation --labels labels.csv --classes classes.txt \\\n--layers 8-10 --joint --size "
            + "8,16,32,64,128 --output ablation.json"),
    ];

    public override void Run(Invocation call)
    {
        string path = OutputFile.Prepare(call.Get(output));
        var sizes = call.Find(size) is { } list ? Inputs.Numbers("--size", list) : null;
        var settings = new AblationStudySettings
        {
            Layers = LayerSelection.Parse(call.Get(layers)),
            IsJoint = call.Get(joint),
            Pool = call.Find(pool),
            Sizes = sizes,
            WithReleasedProjection = call.Get(released),
            Batch = call.Get(batch),
            MemoryBudget = (long)call.Get(memory) << 20,
            Resamples = call.Get(resamples),
            Seed = (ulong)call.Get(seed),
        };
        RunDirectory.Open(call.Get(inputs.Run)).CheckWritable();
        var result = inputs.Study(call, (opened, progress) => AblationStudy.Run(opened, settings, progress, call.Stop));
        result.Write(path);
        AblationReport.Write(call.Terminal, result, path);
    }
}
