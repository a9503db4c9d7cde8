using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Studies.Applications;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>Segmentation by the public calls alone.</summary>
public sealed class SegmentationStudyTests(TinyStudy uses) : IClassFixture<TinyStudy>
{
    private static readonly SegmentationStudySettings Short = new() { Templates = ["{}"] };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Images_come_one_by_one_in_their_order_and_go_into_a_folder()
    {
        var found = new List<SegmentedImage>();
        var seen = new List<WorkProgress>();
        SegmentationStudy.Segment(uses.Run, uses.Model, [.. uses.Images.Take(5)], ["red", "blue sky"], found.Add, SegmentationMethod.Paper,
            Short, new Watch(seen.Add), Stop);
        Assert.Equal(uses.Images.Take(5), found.Select(image => image.Entry));
        Assert.All(found, image => Assert.Equal(["red", "blue sky"], image.Segments.Select(segment => segment.Class)));
        Assert.Equal([1, 2, 3, 4, 5], seen.Select(report => report.Done));

        string folder = uses.File("found");
        var files = new SegmentFiles(folder, new NeuronTexts(uses.Run, null), neurons: 2);
        foreach (var image in found)
            foreach (var segment in image.Segments)
            {
                var (heat, mask, area) = files.Write(image.Entry, image.Image, segment);
                Assert.InRange(ImageDecoder.Decode(heat).Width, 2 * image.Image.Width, 3000);
                Assert.Equal(MaskDecoder.Decode(mask).Labels.ToArray().Count(label => label == 255),
                    area * image.Image.Width * image.Image.Height,
                    1e-6);
            }
        files.WriteFacts(SegmentationMethod.Paper, uses.Run.Path);
        var root = JsonNode.Parse(File.ReadAllText(files.FactsPath))!;
        Assert.Equal("paper", (string)root["method"]!);
        Assert.Equal(10, root["segments"]!.AsArray().Count);
        Assert.Equal("004-blue-sky-mask.png", (string)root["segments"]![9]!["mask"]!);
        Assert.Equal(2, root["segments"]![0]!["neurons"]!.AsArray().Count);
    }

    [Fact]
    public void Methods_are_measured_on_known_masks()
    {
        // Of the same image two classes are asked for, each on one half.
        LabelMask Half(RgbImage image, bool left) => new(image.Width, image.Height,
            [.. Enumerable.Range(0, image.Width * image.Height).Select(i => i % image.Width < image.Width / 2 == left ? (byte)1
                : (byte)0)]);
        var samples = uses.Images.Take(6).SelectMany(entry => new[] { ("red", true), ("sea", false) }.Select(pair =>
            new SegmentationSample(entry.Name, pair.Item1, () => ImageDecoder.Decode(entry.Path), () =>
                Half(ImageDecoder.Decode(entry.Path), pair.Item2)))).ToList();
        SegmentationMethod[] methods = [SegmentationMethod.Default, SegmentationMethod.Named("rollout")];
        var settings = Short with { Methods = new() { Threshold = MaskThreshold.Fixed(0.5f) } };
        var result = SegmentationStudy.Evaluate(uses.Run, uses.Model, samples, methods, settings, cancellation: Stop);
        Assert.Equal((6, 12, "pool"), (result.Photographs, result.Samples, result.Pool));
        // A map that knows no class takes one half as well as the other: what is right in one is wrong in the other.
        Assert.Equal(50, result.Scores.Methods[1].All.PixelAccuracy, 1e-6);
        Assert.NotEqual(50, result.Scores.Methods[0].All.PixelAccuracy, 1e-6);
        Assert.Equal("0.5", $"{result.ThresholdOf(methods[1])}");

        Directory.CreateDirectory(uses.File("scores"));
        result.Write(uses.File("scores", "segmentation.json"));
        var root = JsonNode.Parse(File.ReadAllText(uses.File("scores", "segmentation.json")))!;
        Assert.Equal(["first_order_spread", "rollout"], root["methods"]!.AsObject().Select(pair => pair.Key));
        Assert.Equal("0.5", (string)root["settings"]!["threshold"]!);
    }

    [Fact]
    public void What_cannot_be_done_is_said()
    {
        Assert.Contains("no text pool 'other'", Assert.Throws<ClipLensException>(() => SegmentationStudy.Segment(uses.Run, uses.Model,
            uses.Images, ["red"], _ => { },
            settings: new() { Pool = "other" }, cancellation: Stop)).Message, StringComparison.Ordinal);
        Assert.Contains("class name is empty", Assert.Throws<ClipLensException>(() => SegmentationStudy.Segment(uses.Run, uses.Model,
            uses.Images, [" "], _ => { },
            cancellation: Stop)).Message, StringComparison.Ordinal);
    }
}
