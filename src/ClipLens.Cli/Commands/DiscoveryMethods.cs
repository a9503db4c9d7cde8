using ClipLens.Compute;
using ClipLens.Discovery;
using ClipLens.Drawing;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands;

/// <summary>The methods of concept discovery by the names of the command line, and what they need.</summary>
internal static class DiscoveryMethods
{
    public const string Default = "reinforced";

    public static string[] Names { get; } = [Default, "effects", "paper", "embedding", "zero-shot"];

    public static DiscoveryMethod Named(string name) => Enum.Parse<DiscoveryMethod>(name.Replace("-", ""), ignoreCase: true);

    public static string NameOf(DiscoveryMethod method) => Names.First(name => Named(name) == method);

    /// <summary>The mean representation of the run's own images: of 300 of them, whose mean differs from that of all by far less than pictures differ.</summary>
    public static float[] Mean(RunDirectory run, ClipModel model, int? workers, IProgress<WorkProgress> progress, CancellationToken stop) =>
        MeanRepresentation.Measure(model, [.. run.Images.Select((image, i) => new ImageEntry(image.Path, run.ImagePath(i)))],
            300, run.Manifest.Settings.ApplyOrientation, new() { Workers = workers, Progress = progress, Cancellation = stop });

    /// <summary>Where a map is hottest, in words: the middle of its positive heat.</summary>
    public static string Place(HeatMap map)
    {
        double sum = 0, row = 0, column = 0;
        for (int i = 0; i < map.Values.Length; i++)
        {
            double heat = Math.Max(0, map.Values[i]);
            (sum, row, column) = (sum + heat, row + heat * (i / map.Columns + 0.5), column + heat * (i % map.Columns + 0.5));
        }
        if (sum == 0) return "";
        string vertical = Third(row / sum / map.Rows, "top", "bottom"), horizontal = Third(column / sum / map.Columns, "left", "right");
        return (vertical, horizontal) switch { ("", "") => "middle", ("", _) => horizontal, (_, "") => vertical, _ => $"{vertical} {horizontal}" };
    }

    /// <summary>The middle of a heat spread over a picture moves little, so the middle third is narrow.</summary>
    private static string Third(double place, string low, string high) => place < 0.42 ? low : place > 0.58 ? high : "";
}
