using System.CommandLine;
using ClipLens.Cli.Output;
using ClipLens.Files;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Segmentation;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>Where a class is in a picture, and which neurons say so.</summary>
internal sealed class SegmentCommand : CliCommand
{
    private const int TextsShown = 5;

    private readonly SegmentationOptions inputs;
    private readonly Option<string[]> images, classes;
    private readonly Option<string> output, method;
    private readonly Option<int> count;

    public SegmentCommand() : base("segment",
        "Finds the pixels of a class, named in words, in images of any shape: the heat over the image and the mask as PNG, and the "
        + "neurons that made it with their texts.")
    {
        images = Has(CommonOptions.Pictures());
        classes = Has(CommonOptions.Texts("--class", "NAME", "What to look for, one or several names.", required: true));
        output = Has(CommonOptions.Output("heat.png",
            "Picture to write, with heat-mask.png and heat.json beside it; for several images or classes a folder."));
        method = Has(CommonOptions.Text("--method", SegmentationOptions.MethodNames, "How to find it.", SegmentationMethod.Default.Name));
        inputs = SegmentationOptions.AddTo(this);
        HasPlacement();
        count = Has(CommonOptions.Count("--count", 10, "Neurons to show.", 0));
        HasTables();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Where the dog is", "cliplens segment --run run --image photo.jpg --class dog --output heat.png"),
        new("Dogs and grass in a folder of images",
            "cliplens segment --run run --image photos --class dog \"green grass\" --output found"),
        new("By the paper's rule, with 100 neurons of layers 8 to 10",
            "cliplens segment --run run --image photo.jpg --class dog --output heat.png \\\n--method paper --layers 8-10 --neurons 100"),
    ];

    public override string WhenStopped => "Stopped; what was written before stays.";

    public override void Run(Invocation call)
    {
        var chosen = SegmentationMethod.Named(call.Get(method));
        string[] names = call.Get(classes);
        if (names.Any(string.IsNullOrWhiteSpace)) throw new ClipLensException("A class name is empty; give a word such as dog.");
        var entries = Inputs.Images(call, call.Get(images));
        string target = OutputOf(call.Get(output), entries.Count * names.Length);
        var (run, model, settings) = inputs.Open(call);
        using var clip = model;
        var texts = new NeuronTexts(run, settings.PoolIn(run));
        var files = new SegmentFiles(target, texts, call.Get(count));
        SegmentationStudy.Segment(run, clip, entries, names, found =>
        {
            foreach (var segment in found.Segments) Write(call, found, segment, files, texts);
        }, chosen, settings, null, call.Stop);
        files.WriteFacts(chosen, run.Path);
        call.Terminal.WriteLine($"All figures are in {files.FactsPath}.");
    }

    /// <summary>The output, made sure of before any work.</summary>
    private static string OutputOf(string output, int segments)
    {
        bool isOneFile = SegmentFiles.IsOneFile(output);
        if (!isOneFile && Path.GetExtension(output).ToLowerInvariant() is ".jpg" or ".jpeg" or ".svg" or ".webp" or ".gif" or ".tif")
            throw new ClipLensException($"The heat is written as PNG only, not as {output}; give a name that ends in .png, or a folder.");
        if (isOneFile && segments > 1) throw new ClipLensException($"There are {segments} heat maps to write; give a folder as --output "
            + $"instead of {output}.");
        OutputFile.Prepare(isOneFile ? output : SegmentFiles.FactsOf(output));
        return output;
    }

    private void Write(Invocation call, SegmentedImage found, ClassSegment segment, SegmentFiles files, NeuronTexts texts)
    {
        var (heat, mask, area) = files.Write(found.Entry, found.Image, segment);
        WriteSegment(call.Terminal, found.Entry, segment, area);
        WriteNeurons(call.Terminal, found.Entry.Name, segment, texts, call.Get(count));
        call.Terminal.WriteLine($"The heat is in {heat}, the mask in {mask}.");
        call.Terminal.WriteLine();
    }

    private static void WriteSegment(Terminal terminal, ImageEntry entry, ClassSegment segment, double area)
    {
        string fit = segment.Presence is not { } presence ? ""
            : $" It fits the image {Math.Abs(presence):0.0} standard deviations {(presence < 0 ? "worse" : "better")} than the texts "
            + "of the pool do.";
        terminal.WriteLine(segment.SeemsPresent ? $"{segment.Class} in {entry.Name}: {Words.Percent(area)} of the pixels.{fit}"
            : $"{segment.Class} does not seem to be in {entry.Name}.{fit} The map shows what comes closest ({Words.Percent(area)} of the "
            + "pixels).");
    }

    private static void WriteNeurons(Terminal terminal, string picture, ClassSegment segment, NeuronTexts texts, int count)
    {
        if (count == 0) return;
        var table = new ResultTable("Neuron", ">Share", "Texts") { About = [("Picture", picture), ("Class", segment.Class)] };
        foreach (var share in segment.Neurons.Take(count)) table.Add($"{share.Neuron}", $"{share.Share:0.00}", texts.Line(share.Neuron,
            TextsShown));
        terminal.Write(table);
        terminal.WriteLine("Share: what the neuron adds to the class from these pixels, in percent of the length of the image's "
            + "representation.");
    }
}
