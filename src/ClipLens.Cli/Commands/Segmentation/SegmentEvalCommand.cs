using System.CommandLine;
using ClipLens.Files;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Segmentation;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>How well segmentation methods find objects whose masks are known.</summary>
internal sealed class SegmentEvalCommand : CliCommand
{
    private readonly SegmentationOptions inputs;
    private readonly SegmentationSources sources;
    private readonly Option<string[]> methods;
    private readonly Option<string> output;

    public SegmentEvalCommand() : base("segment-eval",
        "Measures segmentation methods on photographs with masks: pixel accuracy, mean IoU, mean average precision, in all and by class, "
        + "and how well classes that are in a "
        + "photograph are told from those that are not. Photograph and mask go through the same crop.")
    {
        sources = SegmentationSources.AddTo(this);
        methods = Has(CommonOptions.Texts("--method", SegmentationOptions.MethodNames, "Methods, one or several; all if left out."));
        output = Has(CommonOptions.Output("OUT.json", "File to write."));
        inputs = SegmentationOptions.AddTo(this);
        HasPlacement();
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("All methods on photographs and masks of your own",
            "cliplens segment-eval --run run --images photos --masks masks --labels labels.csv --output segmentation.json"),
        new("The paper's rule on layer 9, its mask cut at 0.5",
            "cliplens segment-eval --run run --images photos --masks masks --labels labels.csv \\\n--method paper --layers 9 --threshold "
            + "0.5 --output paper.json"),
        new("Pascal VOC", "cliplens segment-eval --run run --voc VOCdevkit/VOC2012 --set val --output voc.json"),
        new("ImageNet-Segmentation", "cliplens segment-eval --run run --mat gtsegs_ijcv.mat --labels synsets.csv --output imagenet.json"),
    ];

    public override void Run(Invocation call)
    {
        var chosen = call.Find(methods) is { Length: > 0 } names ? names.Distinct().Select(SegmentationMethod.Named).ToList()
            : SegmentationMethod.All;
        string path = OutputFile.Prepare(call.Get(output));
        var samples = sources.Read(call, out var open);
        using var file = open;
        var (run, model, settings) = inputs.Open(call);
        using var clip = model;
        SegmentationStudyResult? result = null;
        call.Terminal.ShowProgress(progress => result = SegmentationStudy.Evaluate(run, clip, samples, chosen, settings, progress,
            call.Stop));
        result!.Write(path);
        SegmentationReport.Write(call.Terminal, result);
        call.Terminal.WriteLine();
        call.Terminal.WriteLine($"All figures are in {path}.");
    }
}
