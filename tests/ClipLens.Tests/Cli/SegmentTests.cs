using System.Text.Json.Nodes;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class SegmentTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    public SegmentTests() => Assert.Equal(0, CliCall.Run(inputs.Analyze("1,2")).Code);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void A_picture_that_is_no_PNG_is_refused()
    {
        string output = inputs.File("heat.jpg");
        CliCall.Refused($"The heat is written as PNG only, not as {output}; give a name that ends in .png, or a folder.", "segment", "--run",
            inputs.Run, "--image", inputs.Picture(3), "--class", "sea", "--output", output);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_class_in_a_picture_gives_heat_mask_and_neurons_with_their_texts()
    {
        string heat = inputs.File("out", "heat.png"), mask = inputs.File("out", "heat-mask.png"), facts = inputs.File("out", "heat.json");
        var call = CliCall.Run("segment", "--run", inputs.Run, "--image", inputs.Picture(3), "--class", "red box", "--output", heat,
            "--count", "4", "--threshold", "0.4");
        Assert.Equal((0, ""), (call.Code, call.Error));

        var picture = ImageDecoder.Decode(inputs.Picture(3));
        var over = ImageDecoder.Decode(heat);
        var labels = MaskDecoder.Decode(mask);
        // The image and its twin side by side, with what the colours mean above them.
        Assert.InRange(over.Width, 2 * 224, 2 * 224 + 50);
        Assert.InRange(over.Height, 224 + 60, 2 * 224);
        Assert.Equal((picture.Width, picture.Height), (labels.Width, labels.Height));
        double area = 100.0 * labels.Labels.Count((byte)255) / labels.Labels.Length;
        Assert.InRange(area, 0.1, 99.9);
        Assert.False(labels.Labels.ContainsAnyExcept<byte>(0, 255));

        var segment = JsonNode.Parse(File.ReadAllText(facts))!["segments"]!.AsArray().Single()!;
        Assert.Equal("red box", (string?)segment["class"]);
        Assert.Equal(area, (double)segment["area_percent"]!, 1e-3);
        Assert.Equal(0.4, (double)segment["threshold"]!);
        Assert.Equal(4, segment["neurons"]!.AsArray().Count);
        Assert.Equal(6, segment["neurons"]![0]!["texts"]!.AsArray().Count);
        string first = (string)segment["neurons"]![0]!["neuron"]!, text = (string)segment["neurons"]![0]!["texts"]![0]!;
        Assert.Matches($"\n{first} +\\d+\\.\\d\\d  {text}, ", call.Output);
        Assert.Contains($"{area:0.0} %", call.Output);
        Assert.EndsWith($"The heat is in {heat}, the mask in {mask}.\n\nAll figures are in {facts}.\n", call.Output);
    }

    [Fact]
    public void Several_pictures_and_classes_go_into_a_folder_and_what_does_not_seem_to_be_there_is_said()
    {
        string twin = Directory.CreateDirectory(inputs.File("twin")).FullName, output = inputs.File("found");
        File.Copy(inputs.Picture(1), Path.Combine(twin, "001.png"));
        string[] classes = ["red", "blue sky", "small far sea", "dark circle"];
        var call = CliCall.Run(["segment", "--run", inputs.Run, "--image", inputs.Picture(1), Path.Combine(twin, "001.png"), "--class",
            .. classes, "--output", output, "--count", "0"]);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Equal(16, Directory.GetFiles(output, "*.png").Length);
        Assert.Equal(File.ReadAllBytes(Path.Combine(output, "001-blue-sky-mask.png")),
            File.ReadAllBytes(Path.Combine(output, "001-blue-sky-2-mask.png")));

        var segments = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "segments.json")))!["segments"]!.AsArray();
        Assert.Equal(8, segments.Count);
        Assert.All(segments, segment =>
        {
            bool present = (double)segment!["presence"]! >= 1.645;
            Assert.Equal(present, (bool)segment["seems_present"]!);
            Assert.Contains(present ? $"{segment["class"]} in {segment["image"]}: "
                : $"{segment["class"]} does not seem to be in {segment["image"]}.", call.Output);
        });
        Assert.Contains(segments, segment => !(bool)segment!["seems_present"]!);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        string picture = inputs.Picture(0), heat = inputs.File("heat.png");
        CliCall.Refused("A class name is empty; give a word such as dog.", Words(picture, " "));
        string none = inputs.File("none.png"), text = inputs.File("text.png");
        CliCall.Refused($"The image folder or list {none} is not there; give a folder with images or a text file with a path a line.",
            Words(none, "red"));
        File.WriteAllText(text, "no image");
        var broken = CliCall.Run(Words(text, "red"));
        Assert.Equal(2, broken.Code);
        Assert.StartsWith($"{text} is not an image that can be read", broken.Error);
        CliCall.Refused($"There are 2 heat maps to write; give a folder as --output instead of {heat}.",
            [.. Words(picture, "red"), "--class", "blue"]);
        CliCall.Refused("There is no method 'magic'; give one of "
            + string.Join(", ", SegmentationMethod.All.Select(method => method.Name)) + ".",
            [.. Words(picture, "red"), "--method", "magic"]);
        CliCall.Refused("'high' is no threshold; give a number from 0 to 1, mean or otsu.",
            [.. Words(picture, "red"), "--threshold", "high"]);
        CliCall.Refused("Layer 4 does not exist: the model has 4 blocks, counted from 0; ask for layers from 0 to 3.",
            [.. Words(picture, "red"), "--layers", "2-4"]);
        CliCall.Refused("The method paper needs analyzed neurons of the layers asked for; add them to the run with the command analyze.",
            [.. Words(picture, "red"), "--method", "paper", "--layers", "0"]);
        CliCall.Refused("300 neurons were asked for, but the chosen layers have 128; give a number from 1 to 128.",
            [.. Words(picture, "red"), "--method", "paper", "--layers", "2", "--neurons", "300"]);
        string other = TinyModel.Write(inputs.File("other"), seed: 2);
        CliCall.Refused($"The run {inputs.Run} was made with another model than {other}: the weights or their configuration differ; give "
            + "the run's own checkpoint, or make a run with this one.",
            [.. Words(picture, "red"), "--model", other]);
        Assert.False(File.Exists(heat));

        string[] Words(string image, string name) => ["segment", "--run", inputs.Run, "--image", image, "--class", name, "--output", heat];
    }
}
