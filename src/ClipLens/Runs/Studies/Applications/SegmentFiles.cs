using System.Text.Json.Nodes;
using ClipLens.Drawing;
using ClipLens.Files;
using ClipLens.Models.Images;
using ClipLens.Segmentation;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>The files of found segments: for one image and class the file asked for and others beside it, else a folder of them.</summary>
public sealed class SegmentFiles
{
    private const int LargestSide = 640;

    private readonly string output;
    private readonly bool isFolder;
    private readonly NeuronTexts texts;
    private readonly int neurons;
    private readonly HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly JsonArray segments = [];

    /// <summary>Prepares to write; nothing is written yet.</summary>
    /// <param name="output">A PNG file for one segment, or a folder.</param>
    /// <param name="texts">The texts of the neurons behind the segments.</param>
    /// <param name="neurons">Neurons of a segment that are written down.</param>
    public SegmentFiles(string output, NeuronTexts texts, int neurons)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(texts);
        (this.output, this.texts, this.neurons) = (output, texts, neurons);
        isFolder = !IsOneFile(output);
    }

    /// <summary>Where the facts of all segments are written.</summary>
    public string FactsPath => FactsOf(output);

    /// <summary>Whether an output is one image, which takes one segment, instead of a folder.</summary>
    public static bool IsOneFile(string output) => output.EndsWith(".png", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(output);

    /// <summary>Where the facts of all segments of an output are written.</summary>
    public static string FactsOf(string output) => IsOneFile(output) ? Path.ChangeExtension(output, ".json") : Path.Combine(output,
        "segments.json");

    /// <summary>Writes a segment's heat over its image, beside the image itself, and its mask.</summary>
    /// <returns>Their paths, and the share of the pixels that are the class.</returns>
    /// <exception cref="ClipLensException">They cannot be written there.</exception>
    public (string Heat, string Mask, double Area) Write(ImageEntry entry, RgbImage image, ClassSegment segment)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(segment);
        byte[] mask = segment.Mask(image.Width, image.Height);
        double area = (double)mask.Count(label => label != 0) / mask.Length;
        var (heatPath, maskPath) = Paths(entry, segment.Class);
        PngFile.Write(heatPath, Sheet(entry, image, segment, area).Draw());
        PngFile.Write(maskPath, new LabelMask(image.Width, image.Height, mask));
        segments.Add(new JsonObject
        {
            ["image"] = entry.Name,
            ["class"] = segment.Class,
            ["seems_present"] = segment.SeemsPresent,
            ["presence"] = segment.Presence is { } presence ? JsonFile.Number(presence) : null,
            ["threshold"] = JsonFile.Number(segment.Threshold),
            ["area_percent"] = JsonFile.Number(100 * area),
            ["heat"] = Path.GetFileName(heatPath),
            ["mask"] = Path.GetFileName(maskPath),
            ["neurons"] = new JsonArray([.. segment.Neurons.Take(neurons).Select(share => new JsonObject
            {
                ["neuron"] = $"{share.Neuron}",
                ["share"] = JsonFile.Number(share.Share),
                ["texts"] = new JsonArray([.. texts.TextsOf(share.Neuron).Select(text => (JsonNode)(text.Coefficient < 0 ? "\u2212" : "")
                    + text.Text)]),
            })]),
        });
        return (heatPath, maskPath, area);
    }

    /// <summary>Writes the facts of all segments.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public void WriteFacts(SegmentationMethod method, string run)
    {
        ArgumentNullException.ThrowIfNull(method);
        JsonFile.Write(FactsPath, new()
        {
            ["run"] = Path.GetFullPath(run),
            ["method"] = method.Name,
            ["segments"] = segments,
        });
    }

    private static ContactSheet Sheet(ImageEntry entry, RgbImage image, ClassSegment segment, double area) => new(
        [FormattableString.Invariant($"{segment.Class}: {100 * area:0.0} % of the pixels"),
            .. segment.SeemsPresent ? Array.Empty<string>() : ["The model does not seem to see it in this image."]],
        [new(image, "\n" + Path.GetFileName(entry.Name), segment.Heat)], 2,
            Math.Clamp(Math.Max(image.Width, image.Height), 224, LargestSide))
    {
        HeatLegend = FormattableString.Invariant($"Left the image; right over it how much the model sees of the class, from 0 to 1, the ")
            + FormattableString.Invariant($"most in this image; the mask begins at {segment.Threshold:0.00}."),
    };

    private (string Heat, string Mask) Paths(ImageEntry entry, string name)
    {
        string stem = isFolder ? Path.Combine(output, Free($"{Path.GetFileNameWithoutExtension(entry.Name)}-{Slug(name)}"))
            : Path.ChangeExtension(output, null);
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
