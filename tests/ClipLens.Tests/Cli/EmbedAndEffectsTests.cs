using ClipLens.Effects;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Cli;

public sealed class EmbedAndEffectsTests : IDisposable
{
    private readonly TinyInputs inputs = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    private string Output => inputs.File("out", "result.safetensors");

    public void Dispose()
    {
        scope.Dispose();
        inputs.Dispose();
    }

    [Fact]
    public void Images_are_embedded_in_order_whatever_the_batch()
    {
        var call = CliCall.Run("embed", "--model", inputs.Model, "--images", inputs.Images, "--output", Output, "--batch", "5",
            "--workers", "3");
        Assert.Equal((0, $"12 images embedded in {Output}.\n"), (call.Code, call.Output));
        using var file = SafeTensorsFile.Open(Output);
        using var model = ClipModel.Load(inputs.Model);
        Assert.Equal(["embeddings"], file.Names);
        Assert.InRange(Golden.RelativeError(file.Load("embeddings"), model.Image.Encode(Pixels(model, 12))), 0, 1e-5);
    }

    [Fact]
    public void Texts_are_embedded_with_their_tokens()
    {
        string[] texts = ["a red sky", "sea", "a text that is much longer than the context of the tiny model allows it to be"];
        File.WriteAllLines(inputs.File("three.txt"), texts.Select(text => text + "\t"));
        var call = CliCall.Run("embed", "--model", inputs.Model, "--texts", inputs.File("three.txt"), "--output", Output);
        Assert.Equal((0, $"3 texts embedded in {Output}.\n"), (call.Code, call.Output));
        using var file = SafeTensorsFile.Open(Output);
        using var model = ClipModel.Load(inputs.Model);
        var tokens = file.Load("tokens");
        Assert.Equal(ScalarType.Int32, tokens.dtype);
        Assert.Equal(texts.SelectMany(model.Tokenizer.Encode), tokens.data<int>());
        Assert.InRange(Golden.RelativeError(file.Load("embeddings"), model.Text.Encode(model.Tokenizer.Encode(texts))), 0, 1e-5);
    }

    [Theory, InlineData("1"), InlineData("0-2")]
    public void Effects_of_one_layer_or_of_several_are_written(string layers)
    {
        var call = CliCall.Run(["effects", "--model", inputs.Model, "--layers", layers, "--output", Output, "--batch", "2", "--images",
            .. Enumerable.Range(3, 5).Select(inputs.Picture)]);
        Assert.Equal(0, call.Code);
        using var file = SafeTensorsFile.Open(Output);
        using var model = ClipModel.Load(inputs.Model);
        int[] blocks = layers == "1" ? [1] : [0, 1, 2];
        var effects = new SecondOrder(model.Image, blocks);
        var trace = model.Image.Trace(Pixels(model, 12).narrow(0, 3, 5), effects.Request);
        Assert.Equal(layers == "1" ? ["effects", "representation"] : ["effects.0", "effects.1", "effects.2", "representation"], file.Names);
        Assert.InRange(Golden.RelativeError(file.Load("representation"), trace.Representation), 0, 1e-5);
        foreach (int block in blocks)
            Assert.InRange(Golden.RelativeError(file.Load(layers == "1" ? "effects" : $"effects.{block}"), effects.Effects(trace, block)),
            0, 1e-5);
    }

    [SharedFact]
    public void Effects_of_photographs_equal_the_released_code()
    {
        var photos = ImageList.Find(SharedData.Path("data", "photos"));
        var call = CliCall.Run("effects", "--model", Golden.ModelPath, "--layers", "9", "--output", Output, "--images",
            photos[0].Path, photos[250].Path, photos[500].Path, photos[750].Path);
        Assert.Equal(0, call.Code);
        using var file = SafeTensorsFile.Open(Output);
        Assert.InRange(Golden.RelativeError(file.Load("effects"), Golden.Load("effects", "effects.layer9")), 0, 1e-4);
        Assert.InRange(Golden.RelativeError(file.Load("representation"), Golden.Load("effects", "representation")), 0, 1e-4);
    }

    [Fact]
    public void One_text_is_one_text()
    {
        File.WriteAllText(inputs.File("one.txt"), "a red sky\n");
        Assert.Equal($"1 text embedded in {Output}.\n", CliCall.Run("embed", "--model", inputs.Model, "--texts", inputs.File("one.txt"),
            "--output", Output).Output);
        Assert.Equal($"1 image embedded in {Output}.\n", CliCall.Run("embed", "--model", inputs.Model, "--images", inputs.Picture(0),
            "--output", Output).Output);
    }

    [Fact]
    public void A_picture_that_cannot_be_read_ends_the_command_and_leaves_no_file()
    {
        File.WriteAllText(inputs.Picture(7), "no image");
        foreach (string[] command in new string[][] { ["embed"], ["effects", "--layers", "1"] })
        {
            var call = CliCall.Run([.. command, "--model", inputs.Model, "--images", inputs.Images, "--output", Output]);
            Assert.Equal((2, ""), (call.Code, call.Output));
            Assert.Contains("007.png is not an image that can be read", call.Error);
            Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Output)!));
        }
    }

    [Fact]
    public void Stopped_work_leaves_no_file()
    {
        var call = CliCall.Run(new CancellationToken(true), "embed", "--model", inputs.Model, "--images", inputs.Images, "--output",
            Output);
        Assert.Equal(1, call.Code);
        Assert.EndsWith("Stopped; nothing was written.\n", call.Error);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Output)!));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        string none = inputs.File("none"), file = inputs.Picture(0);
        CliCall.Refused($"{none} does not exist.", "embed", "--model", inputs.Model, "--texts", none, "--output", Output);
        CliCall.Refused($"The output {inputs.Images} is a folder; give a file name in it.",
            "embed", "--model", inputs.Model, "--texts", inputs.Texts, "--output", inputs.Images);
        CliCall.Refused($"The image {none} is not there; correct the path.", "embed", "--model", inputs.Model, "--images", file, none,
            "--output", Output);
        CliCall.Refused($"{inputs.Images} is a folder, not an image; give the images' own paths.",
            "effects", "--model", inputs.Model, "--layers", "1", "--images", inputs.Images, file, "--output", Output);
        CliCall.Refused("Layer 3 is the model's last block, behind which no attention follows, so its neurons have no second-order "
            + "effects; "
            + "ask for layers from 0 to 2.", "effects", "--model", inputs.Model, "--layers", "3", "--images", file, "--output", Output);
        var below = CliCall.Run("embed", "--model", inputs.Model, "--texts", inputs.Texts, "--output", Path.Combine(file, "x"));
        Assert.Equal(2, below.Code);
        Assert.StartsWith($"The output {file}/x cannot be written, because there can be no folder {file} (", below.Error);
    }

    private Tensor Pixels(ClipModel model, int count)
    {
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        return reader.Read(0, count).Pixels;
    }
}
