using System.Text.Json;
using ClipLens.Models;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Maps;
using ClipLens.Segmentation.Scores;
using ClipLens.Tests.Ablation;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Segmentation;

public class SegmentationGoldenTests
{
    [SharedFact]
    public void Heat_maps_of_the_papers_rule_equal_the_released_code()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var model = ClipModel.Load(Golden.ModelPath);
        using var pass = new HeatPass(model, [SegmentationMethod.Paper], new(), [GoldenNeurons.Layer9()]);
        var golden = Golden.Load("segmentation-layer9", "heatmaps").to(ScalarType.Float32);
        var samples = Samples();
        for (int i = 0; i < samples.Count; i += 5)
        {
            var map = pass.Maps(samples[i].Picture(), GoldenDirection(samples[i].Class))[0][0];
            var heat = tensor(HeatPixels.Normalised(map, 224), [224, 224]);
            Assert.InRange((heat - golden[i]).abs().max().item<float>(), 0, 2e-3);
        }
    }

    [SharedFact]
    public void Figures_equal_the_released_evaluation_and_the_default_is_far_above_every_baseline()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(Golden.ModelPath);
        var samples = Samples();
        var classes = SegmentationFolder.Classes(samples);
        var directions = cat([.. classes.Select(GoldenDirection)], 0);
        var results = SegmentationEvaluation.Run(model, samples, classes, directions, SegmentationMethod.All, null,
            [GoldenNeurons.Layer9()],
            cancellation: TestContext.Current.CancellationToken).Methods.ToDictionary(result => result.Method.Name, result => result.All);

        var expected = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", "segmentation-layer9.json")))
            .RootElement.GetProperty("results");
        Near(expected.GetProperty("pixel_accuracy_percent").GetDouble(), 100 * expected.GetProperty("mIoU").GetDouble(),
            100 * expected.GetProperty("mAP").GetDouble(),
            results["paper"], 0.01);
        // The design page's figures.
        Near(77.7, 60.0, 80.0, results["second_order"], 0.1);
        Assert.Equal(60, results["paper"].Images);
        var best = results[SegmentationMethod.Default.Name];
        Assert.InRange(best.MeanIou, 85, 100);
        Assert.InRange(best.MeanAp, 95, 100);
        Assert.All(results.Where(pair => !pair.Key.EndsWith("_spread", StringComparison.Ordinal)), pair =>
            Assert.InRange(best.MeanIou, pair.Value.MeanIou + 15, 100));
    }

    [SharedFact]
    public void A_dog_is_found_in_its_photograph_and_an_airplane_is_said_not_to_be_there()
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(Golden.ModelPath);
        var pool = model.EmbedTexts([.. File.ReadAllLines(SharedData.Path("data", "imagenet-classes.txt"))]);
        using var segmenter = new Segmenter(model, neurons: [GoldenNeurons.Layer9()], pool: pool);
        var sample = Samples().First(sample => sample.Class == "dog");
        var picture = sample.Picture();
        var segments = segmenter.Segment(picture, ["dog", "airplane"]);

        Assert.True(segments[0].SeemsPresent);
        Assert.False(segments[1].SeemsPresent);
        Assert.InRange(Iou(segments[0].Mask(picture.Width, picture.Height), sample.Mask().Labels.ToArray()), 0.7, 1);
        Assert.Equal(segments[0].Neurons.OrderByDescending(share => share.Share), segments[0].Neurons);
        Assert.True(segments[0].Neurons[0].Share > 0);
    }

    internal static List<SegmentationSample> Samples() => [.. SegmentationFolder.Read(SharedData.Path("data", "segmentation", "images"),
        SharedData.Path("data", "segmentation", "masks"), SharedData.Path("data", "segmentation", "labels.csv"))];

    /// <summary>The golden files' direction of a class: the mean of the classifier's columns, not normalised.</summary>
    private static Tensor GoldenDirection(string name)
    {
        string[] classes = JsonSerializer.Deserialize<string[]>(File.ReadAllText(SharedData.Path("data", "segmentation", "classes.json")))!;
        return Golden.Load("segmentation-layer9", "classifier_direction").select(1, Array.IndexOf(classes, name) - 1).contiguous()
            .unsqueeze(0);
    }

    private static void Near(double accuracy, double iou, double precision, SegmentationFigures actual, double tolerance)
    {
        Assert.InRange(Math.Abs(actual.PixelAccuracy - accuracy), 0, tolerance);
        Assert.InRange(Math.Abs(actual.MeanIou - iou), 0, tolerance);
        Assert.InRange(Math.Abs(actual.MeanAp - precision), 0, tolerance);
    }

    private static double Iou(byte[] mask, byte[] labels)
    {
        int both = 0, either = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 255) continue;
            bool a = mask[i] != 0, b = labels[i] != 0;
            both += a && b ? 1 : 0;
            either += a || b ? 1 : 0;
        }
        return (double)both / either;
    }
}
