using System.Text.Json.Nodes;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Segmentation;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>The files of found segments: for one picture and class the file asked for and others beside it, else a folder of them.</summary>
internal sealed class SegmentFiles
{
    private readonly string output;
    private readonly bool isFolder;
    private readonly HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly JsonArray segments = [];

    /// <param name="output">The output as asked for.</param>
    /// <param name="pairs">Pictures times classes.</param>
    /// <exception cref="ClipLensException">It is one file for several pictures, or cannot be written.</exception>
    public SegmentFiles(string output, int pairs)
    {
        bool isPng = output.EndsWith(".png", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(output);
        if (isPng && pairs > 1) throw new ClipLensException($"There are {pairs} heat maps to write; give a folder as --output instead of {output}.");
        isFolder = !isPng;
        this.output = output;
        Inputs.OutputFile(isFolder ? FactsPath : output);
    }

    /// <summary>Where the facts of all segments are written.</summary>
    public string FactsPath => isFolder ? Path.Combine(output, "segments.json") : Path.ChangeExtension(output, ".json");

    /// <summary>Writes a segment's heat over its picture and its mask.</summary>
    /// <returns>Their paths.</returns>
    public (string Heat, string Mask) Write(ImageEntry entry, RgbImage picture, ClassSegment segment, NeuronTexts texts, int neurons)
    {
        byte[] mask = segment.Mask(picture.Width, picture.Height);
        var (heatPath, maskPath) = Paths(entry, segment.Class);
        PngFile.Write(heatPath, segment.Heat.Overlay(picture, 0, 1));
        PngFile.Write(maskPath, new LabelMask(picture.Width, picture.Height, mask));
        segments.Add(new JsonObject
        {
            ["image"] = entry.Name,
            ["class"] = segment.Class,
            ["seems_present"] = segment.SeemsPresent,
            ["presence"] = segment.Presence is { } presence ? AblationJson.Number(presence) : null,
            ["threshold"] = AblationJson.Number(segment.Threshold),
            ["area_percent"] = AblationJson.Number(100 * AreaShare(mask)),
            ["heat"] = Path.GetFileName(heatPath),
            ["mask"] = Path.GetFileName(maskPath),
            ["neurons"] = new JsonArray([.. segment.Neurons.Take(neurons).Select(share => new JsonObject
            {
                ["neuron"] = $"{share.Neuron}",
                ["share"] = AblationJson.Number(share.Share),
                ["texts"] = new JsonArray([.. texts.TextsOf(share.Neuron).Select(text => (JsonNode)(text.Coefficient < 0 ? "\u2212" : "") + text.Text)]),
            })]),
        });
        return (heatPath, maskPath);
    }

    /// <summary>Writes the facts of all segments.</summary>
    public void WriteFacts(SegmentationMethod method, string run) => AblationJson.Save(FactsPath, new JsonObject
    {
        ["run"] = Path.GetFullPath(run),
        ["method"] = method.Name,
        ["segments"] = segments,
    });

    /// <summary>Share of a mask's pixels that are the class.</summary>
    public static double AreaShare(byte[] mask) => (double)mask.Count(label => label != 0) / mask.Length;

    private (string Heat, string Mask) Paths(ImageEntry entry, string name)
    {
        string stem = isFolder ? Path.Combine(output, Free($"{Path.GetFileNameWithoutExtension(entry.Name)}-{Slug(name)}")) : Path.ChangeExtension(output, null);
        return (stem + ".png", stem + "-mask.png");
    }

    /// <summary>A name that no other segment has.</summary>
    private string Free(string stem)
    {
        string name = stem;
        for (int i = 2; !taken.Add(name); i++) name = $"{stem}-{i}";
        return name;
    }

    private static string Slug(string name) => string.Concat(name.Trim().Select(c => char.IsLetterOrDigit(c) ? c : '-'));
}
