using System.Text.Json.Nodes;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Tests.Segmentation;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class SegmentEvalTests : IDisposable
{
    private readonly TinyInputs inputs = new();
    private readonly string masks, labels, output;

    public SegmentEvalTests()
    {
        Assert.Equal(0, CliCall.Run(inputs.Analyze("1,2")).Code);
        masks = Directory.CreateDirectory(inputs.File("masks")).FullName;
        labels = inputs.File("labels.csv");
        output = inputs.File("out.json");
        File.WriteAllLines(labels, ["id,class", "000,red", "001,sea", "002,red", "003,sea"]);
        for (int i = 0; i < 4; i++)
        {
            var picture = ImageDecoder.Decode(inputs.Picture(i));
            MaskFiles.WritePng(Path.Combine(masks, $"00{i}.png"), picture.Width, picture.Height, 0, 1, 1, 255);
        }
    }

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void All_methods_are_measured_and_the_file_is_as_agreed()
    {
        var call = CliCall.Run(Words());
        Assert.Equal(0, call.Code);
        Assert.DoesNotContain('\e', call.Output + call.Error);
        Assert.Contains("Segmenting: 4 of 4", call.Error);
        var file = JsonNode.Parse(File.ReadAllText(output))!;
        Assert.Equal((4, SegmentationMethod.Default.Name), ((int)file["images"]!, (string)file["default"]!));
        var methods = file["methods"]!.AsObject();
        Assert.Equal(SegmentationMethod.All.Select(method => method.Name), methods.Select(pair => pair.Key));
        string[] figures = ["pixel_accuracy", "mean_iou", "mean_ap"];
        foreach (var (name, method) in methods)
        {
            Assert.All(figures, figure => Assert.InRange((double)method![figure]!, 1, 99));
            Assert.Equal(["red", "sea"], method!["classes"]!.AsObject().Select(pair => pair.Key));
            // Means over images of two classes of equal size.
            Assert.Equal((double)method["mean_ap"]!, method["classes"]!.AsObject().Average(pair => (double)pair.Value!["mean_ap"]!), 1e-3);
            Assert.Matches($"\n{name}( \\*)? +{method["pixel_accuracy"]!.GetValue<double>():0.0} ", call.Output);
        }
        Assert.InRange((double)file["presence"]!["auroc"]!, 0, 1);
        Assert.Equal(["red", "sea"], file["presence"]!["classes"]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public void Methods_and_settings_are_taken()
    {
        Assert.Equal(0, CliCall.Run([.. Words(), "--method", "paper", "rollout"]).Code);
        var own = JsonNode.Parse(File.ReadAllText(output))!["methods"]!;
        Assert.Equal(["paper", "rollout"], own.AsObject().Select(pair => pair.Key));
        Assert.Equal(0, CliCall.Run([.. Words(), "--method", "paper", "--layers", "1", "--neurons", "5", "--threshold", "0"]).Code);
        var file = JsonNode.Parse(File.ReadAllText(output))!;
        Assert.Equal("0", (string)file["methods"]!["paper"]!["threshold"]!);
        Assert.NotEqual((double)own["paper"]!["mean_ap"]!, (double)file["methods"]!["paper"]!["mean_ap"]!);
        // Nearly all is found at the threshold 0: two of three labelled pixels are object.
        Assert.InRange((double)file["methods"]!["paper"]!["pixel_accuracy"]!, 64, 69);
    }

    [Fact]
    public void Pascal_Vocs_layout_and_ImageNet_Segmentations_file_are_read()
    {
        string voc = inputs.File("voc");
        foreach (string part in new[] { "JPEGImages", "SegmentationClass", "ImageSets/Segmentation" }) Directory.CreateDirectory(
            Path.Combine(voc, part));
        File.WriteAllText(Path.Combine(voc, "ImageSets/Segmentation/train.txt"), "2007_1\n");
        MaskFiles.WritePng(Path.Combine(voc, "JPEGImages/2007_1.jpg"), 40, 40, 9, 80);
        MaskFiles.WritePng(Path.Combine(voc, "SegmentationClass/2007_1.png"), 40, 40, 12, 8, 255, 0);
        var call = CliCall.Run("segment-eval", "--run", inputs.Run, "--voc", voc, "--set", "train", "--method", "rollout", "--output",
            output);
        Assert.Equal(0, call.Code);
        var file = JsonNode.Parse(File.ReadAllText(output))!;
        Assert.Equal((1, 2), ((int)file["images"]!, (int)file["samples"]!));
        Assert.Equal(["cat", "dog"], file["methods"]!["rollout"]!["classes"]!.AsObject().Select(pair => pair.Key));

        string mat = inputs.File("gtsegs.mat");
        MaskFiles.WriteMat(mat, new byte[3, 40, 36], new byte[40, 36], "n02084071_12");
        File.WriteAllLines(labels, ["id,class", "n02084071,dog"]);
        call = CliCall.Run("segment-eval", "--run", inputs.Run, "--mat", mat, "--labels", labels, "--method", "rollout", "--output",
            output);
        Assert.Equal(0, call.Code);
        Assert.Equal(1, (int)JsonNode.Parse(File.ReadAllText(output))!["methods"]!["rollout"]!["classes"]!["dog"]!["images"]!);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        CliCall.Refused("'cliplens segment-eval' needs images with masks; give --images, --masks and --labels, or --voc, or --mat "
            + "and --labels.",
            "segment-eval", "--run", inputs.Run, "--images", inputs.Images, "--masks", masks, "--output", output);
        string mask = Path.Combine(masks, "002.png");
        File.Delete(mask);
        CliCall.Refused($"The mask {mask} is not there; {labels} line 4 asks for it.", Words());
        MaskFiles.WritePng(mask, 5, 4, 1);
        var picture = ImageDecoder.Decode(inputs.Picture(2));
        Fails($"The mask of 002 has 5 x 4 pixels, its image {picture.Width} x {picture.Height}; give masks of the images' "
            + $"size.\n");
        File.WriteAllText(inputs.Picture(1), "no image");
        Fails($"{inputs.Picture(1)} is not an image that can be read");

        string mat = inputs.File("text.mat");
        File.WriteAllText(mat, "MATLAB 5.0 MAT-file");
        CliCall.Refused($"{mat} is no HDF5 file; give ImageNet-Segmentation's gtsegs_ijcv.mat.",
            "segment-eval", "--run", inputs.Run, "--mat", mat, "--labels", labels, "--output", output);
        string other = TinyModel.Write(inputs.File("other"), seed: 2);
        CliCall.Refused($"The run {inputs.Run} was made with another model than {other}: the weights or their configuration differ; give "
            + "the run's own checkpoint, or make a run with this one.",
            [.. Words(), "--model", other]);
        Assert.False(File.Exists(output));

        void Fails(string sentence)
        {
            var call = CliCall.Run(Words());
            Assert.Equal(2, call.Code);
            Assert.Contains(sentence, call.Error);
        }
    }

    private string[] Words() => ["segment-eval", "--run", inputs.Run, "--images", inputs.Images, "--masks", masks, "--labels", labels,
        "--output", output];
}
