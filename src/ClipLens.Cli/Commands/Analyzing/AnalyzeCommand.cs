using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Parts;
using ClipLens.Runs.Settings;
using ClipLens.Texts;

namespace ClipLens.Cli.Commands.Analyzing;

/// <summary>The main job: a checkpoint and a folder of photographs become described neurons.</summary>
internal sealed class AnalyzeCommand : CliCommand
{
    private static readonly AnalysisSettings Standard = new() { Model = "", Images = "", Output = "", Layers = LayerSelection.All };

    private readonly Option<string> model, images, layers, output, shard, top, size, scaling, sign, tower;
    private readonly Option<string[]> texts;
    private readonly Option<int> batch, memory;
    private readonly Option<int?> workers;
    private readonly Option<bool> overwrite, exifOrientation;

    public AnalyzeCommand() : base("analyze",
        "Describes the neurons of a model over a folder of images: what each one adds to the model's output, on which images, and in "
        + "which words. "
        + "An interrupted run is continued by the same command; further layers, texts and sizes are added to a finished one.")
    {
        model = Has(CommonOptions.Model());
        images = Has(CommonOptions.Text("--images", "D", "Folder of images (searched through), text file with a path a line, or tar "
            + "files: shards/{000..099}.tar.",
            required: true));
        tower = Has(CommonOptions.Tower());
        texts = Has(CommonOptions.Texts("--texts", "T.txt", "Text files with a text a line, a pool each, to describe neurons with, or "
            + "names of published ones: words-30k, words-10k, class-descriptions; common visible things (wordnet) if left out."));
        layers = Has(CommonOptions.Layers("Layers, counted from 0; the last one has no second-order effects, 'all' are all others."));
        output = Has(CommonOptions.Output("RUN", "Folder to write the run to, or of the run to continue."));
        shard = Has(CommonOptions.Text("--shard", "3/16", "Only this part of the images, of so many; 'cliplens merge' makes the run of all "
            + "parts."));
        top = Has(CommonOptions.Text("--top", "100|2%", "Images with the largest effects that define a neuron: a number or a share; "
            + "auto: 2 %, but at least 10 and at most 100.", Standard.Top.Text));
        size = Has(CommonOptions.Text("--size", "n,...", "Texts that describe a neuron; a table for each size.",
            string.Join(',', Standard.Sizes)));
        scaling = Has(CommonOptions.Choice("--scaling", NameOf(Standard.Scaling),
            "How texts become directions: of equal length, or as the paper's released code scales them.", NameOf(DictionaryScaling.Unit),
            NameOf(DictionaryScaling.Feature)));
        sign = Has(CommonOptions.Choice("--sign", NameOf(Standard.Sign),
            "Which way a direction points: as its strongest images say, or as most of its top images do (the paper's released code).",
            NameOf(DirectionSign.Strongest), NameOf(DirectionSign.Majority)));
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        memory = Has(CommonOptions.Count("--memory", (int)(Standard.MemoryBudget >> 20),
            "Megabytes of the top images' effects that are held in memory; more are kept on disk, which is slower."));
        Has(new Option<bool>("--no-store") { Description = "Without effect: nothing is stored of single images any more.", Hidden = true });
        overwrite = Has(new Option<bool>("--overwrite") { Description = "Throw away the run that is in the folder." });
        exifOrientation = Has(CommonOptions.ExifOrientation());
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Describe the neurons of layer 9", "cliplens analyze --model ViT-B-32 --images photos --layers 9 --output run"),
        new("A model by name, with the paper's words",
            "cliplens analyze --model ViT-L-14/openai --images photos --layers 18-22 --texts words-30k --output run"),
        new("All layers, with words of your own, top images 2 % of all",
            "cliplens analyze --model ViT-B-32 --images photos --texts words.txt --layers all --top 2% --output run"),
        new("The third of sixteen parts, on any machine",
            "cliplens analyze --model ViT-B-32 --images photos --layers all --shard 3/16 --output run"),
        new("Add layer 10 and tables of 8 and 16 texts to a finished run",
            "cliplens analyze --model ViT-B-32 --images photos --texts words.txt \\\n--layers 9,10 --top 2% --size 8,16 --output run"),
        new("Neurons of the text tower, over the texts of a file",
            "cliplens analyze --model ViT-B-32 --tower text --images captions.txt --layers 8-10 --output text-run"),
    ];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        var settings = Settings(call);
        if (call.Find(shard) is { } part)
        {
            RunPart(call, settings, Shard.Parse(part));
            return;
        }
        AnalysisResult? result = null;
        call.Terminal.ShowProgress(progress => result = Analysis.Run(settings, progress, call.Stop));
        AnalysisReport.Write(call.Terminal, result!, settings.Layers.Resolve(result!.Run.Manifest.Model.Blocks,
            result.Run.Manifest.Model.WritingBlocks));
    }

    private static void RunPart(Invocation call, AnalysisSettings settings, Shard shard)
    {
        ShardResult? result = null;
        call.Terminal.ShowProgress(progress => result = ShardedAnalysis.RunPart(settings, shard, progress, call.Stop));
        foreach (string note in result!.Notes) call.Terminal.WriteLine(note);
        call.Terminal.WriteLine(result.WasComplete ? $"Part {shard.Number} of {shard.Count} was done already."
            : $"Part {shard.Number} of {shard.Count}: {Words.Count(result.Images - result.Unreadable, "image")} in "
                + $"{StageMeter.Duration(result.Elapsed)}.");
        call.Terminal.WriteCommand("When all parts are done:", $"cliplens merge --run {settings.Output}");
    }

    private AnalysisSettings Settings(Invocation call) => new()
    {
        Model = call.Get(model),
        Tower = Inputs.Tower(call.Get(tower)),
        Images = Inputs.Tower(call.Get(tower)) == TowerKind.Text ? PublishedTexts.Find(call.Get(images), null, call.Stop)
        : call.Get(images),
        Output = call.Get(output),
        TextFiles = call.Find(texts) ?? [],
        Layers = LayerSelection.Parse(call.Get(layers)),
        Top = TopCount.Parse(call.Get(top)),
        Sizes = Inputs.Numbers("--size", call.Get(size)),
        Scaling = Enum.Parse<DictionaryScaling>(call.Get(scaling), ignoreCase: true),
        Sign = Enum.Parse<DirectionSign>(call.Get(sign), ignoreCase: true),
        Batch = call.Get(batch),
        Workers = call.Find(workers),
        Placement = Inputs.Placement(call),
        MemoryBudget = (long)call.Get(memory) << 20,
        Overwrite = call.Get(overwrite),
        ApplyOrientation = call.Get(exifOrientation),
    };

    private static string NameOf(Enum choice) => choice.ToString().ToLowerInvariant();
}
