using System.CommandLine;
using System.Globalization;
using ClipLens.Cli.Output;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies.Reproduction;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>The paper's experiments on ImageNet, or on a dataset of the same layout, with the published numbers beside the measured
/// ones.</summary>
internal sealed class ReproduceCommand : CliCommand
{
    private readonly Option<string> model, imagenet, train, validation, rendition, labels, classes, templates, share, layers, size, top,
        output;
    private readonly Option<string[]> texts;
    private readonly Option<int> every, layer, neurons, sample;
    private readonly Option<int?> workers;

    public ReproduceCommand() : base("reproduce",
        "Does the paper's experiments: analyzes every 250th training image of ImageNet, ablates all layers on its validation images, "
        + "compares the kinds of effect, "
        + "and prints each published number beside the measured one. What is done already is not done again.")
    {
        model = Has(CommonOptions.Model());
        imagenet = Has(CommonOptions.Text("--imagenet", "ROOT", "Folder with the folders train and val (and imagenet-r), a folder a "
            + "class in each."));
        train = Has(CommonOptions.Text("--train", "D", "Training images, where they are not in ROOT/train."));
        validation = Has(CommonOptions.Text("--validation", "D", "Labelled images, where they are not in ROOT/val: a folder a class, or "
            + "any with --labels."));
        rendition = Has(CommonOptions.Text("--rendition", "D", "ImageNet-R, a folder a class, where it is not in ROOT/imagenet-r."));
        labels = Has(CommonOptions.Text("--labels", "L.csv", "Classes of the validation images that are not sorted into folders: columns "
            + "file,label."));
        classes = Has(CommonOptions.Text("--classes", "C.txt", "Names of the classes, in the order of their folders, or imagenet-classes; "
            + "the folders' names if left out."));
        templates = Has(CommonOptions.Text("--templates", "F.txt", "Sentences around a class name, one a line, {} for the name, or "
            + "imagenet-templates, the paper's."));
        texts = Has(CommonOptions.Texts("--texts", "T.txt", "Text files with a text a line, to describe neurons with, or names such "
            + "as words-30k, the paper's; common words if left out."));
        every = Has(CommonOptions.Count("--every", 250, "Of the training images, in order of their names, one of so many."));
        share = Has(CommonOptions.Text("--share", "s",
            "Share of these training images and of the validation images to use, evenly spread.", "1"));
        layers = Has(CommonOptions.Text("--layers", "8-10|all", "Layers to analyze and ablate.", "all"));
        layer = Has(CommonOptions.Count("--layer", 9, "Layer to compare the kinds of effect in.", 0));
        top = Has(CommonOptions.Text("--top", "100|2%", "Top images of a neuron.", "2%"));
        size = Has(CommonOptions.Text("--size", "n,...", "Texts a neuron.", "8,16,32,64,128"));
        neurons = Has(CommonOptions.Count("--neurons", 64, "Neurons whose first-order and indirect effects are measured one by one."));
        sample = Has(CommonOptions.Count("--sample", 300, "Images to measure them on.", 2));
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        output = Has(CommonOptions.Output("DIR", "Folder for the run, the figures and the report."));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("The paper's model and data", "cliplens reproduce --model ViT-B/32 --imagenet imagenet --classes imagenet-classes "
            + "--templates imagenet-templates --texts words-30k --output paper"),
        new("A tenth of the images first", "cliplens reproduce --model ViT-B/32 --imagenet imagenet --classes imagenet-classes --share 0.1 "
        + "--output paper-tenth"),
        new("Other photographs, all of them, labelled by a table",
            "cliplens reproduce --model vit-tiny --train photos --every 1 --validation validation --labels labels.csv \\\n--classes "
            + "classes.txt --output mine"),
    ];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        var settings = Settings(call);
        OutputFile.Prepare(Path.Combine(settings.Output, "report.json"));
        ReproductionResult? result = null;
        call.Terminal.ShowProgress(progress => result = ReproductionStudy.Run(settings, progress, call.Stop));
        var table = new ResultTable("Figure", ">Published", ">Measured");
        foreach (var figure in result!.Figures) table.Add(figure.What, figure.Published, figure.Measured);
        foreach (string note in result.Notes) call.Terminal.Note(note);
        call.Terminal.WriteLine(result.Measured);
        call.Terminal.Write(table);
        call.Terminal.WriteLine($"Published: OpenAI's ViT-B/32 on ImageNet (arXiv 2406.04341). The report is in {result.ReportPath}, all "
            + $"figures in {settings.Output}.");
    }

    private ReproductionSettings Settings(Invocation call)
    {
        string? root = call.Find(imagenet);
        return new()
        {
            Model = call.Get(model),
            Train = call.Find(train) ?? In(root, "train")
            ?? throw new ClipLensException("No training images were given; name ImageNet's folder with --imagenet, or another one with "
            + "--train."),
            Validation = call.Find(validation) ?? In(root, "val")
            ?? throw new ClipLensException("No validation images were given; name ImageNet's folder with --imagenet, or another one with "
            + "--validation."),
            Rendition = call.Find(rendition) ?? (In(root, "imagenet-r") is { } there && Directory.Exists(there) ? there : null),
            Labels = call.Find(labels),
            Classes = call.Find(classes),
            Templates = call.Find(templates),
            TextFiles = call.Find(texts) ?? [],
            Every = call.Get(every),
            Share = ShareOf(call.Get(share)),
            Layers = LayerSelection.Parse(call.Get(layers)),
            Layer = call.Get(layer),
            Top = TopCount.Parse(call.Get(top)),
            Sizes = Inputs.Numbers("--size", call.Get(size)),
            Neurons = call.Get(neurons),
            Sample = call.Get(sample),
            Workers = call.Find(workers),
            Placement = Inputs.Placement(call),
            Output = call.Get(output),
            Segmentation = "cliplens segment-eval",
            AdversarialImages = "cliplens adversarial",
        };

        static string? In(string? root, string folder) => root is null ? null : Path.Combine(root, folder);
    }

    private static double ShareOf(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is > 0 and <= 1
        ? share
            : throw new ClipLensException($"--share takes a number above 0 and up to 1, not '{text}'.");
}
