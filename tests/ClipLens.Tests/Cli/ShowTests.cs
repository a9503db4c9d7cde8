using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class ShowTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    public ShowTests() => Assert.Equal(0, CliCall.Run(inputs.Analyze("1")).Code);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void A_neuron_is_shown_with_its_figures_texts_and_images()
    {
        var call = CliCall.Run("show", "--run", inputs.Run, "--neuron", "1:17", "--count", "3");
        Assert.Equal((0, ""), (call.Code, call.Error));
        var run = RunDirectory.Open(inputs.Run);
        var layer = run.Neurons(1);
        var texts = run.Texts(1, "words", 6).Where(text => text.Neuron == 17).ToList();
        var expected = new List<string>
        {
            "Neuron 17 of layer 1",
            $"Explained variance      {100 * layer.VarianceExplained[17]:0.0} % of its top images' squared effects lie in one direction",
            $"Strongest effect        {layer.TopNormsOf(17)[0]:0.000} percent of the length of the image's representation, less the "
            + "neuron's mean effect",
            $"Significance threshold  {layer.Threshold[17]:0.000}, reached on 4 images of 12 (33.3 %)",
        };
        expected.AddRange(run.Notes.Select(note => $"Note                    {note}"));
        Assert.Equal(2, run.Notes.Count);
        string[] lines = call.Output.TrimEnd().Split('\n');
        Assert.Equal(expected, lines[..6]);
        lines = lines[2..];
        for (int i = 0; i < 3; i++)
        {
            Assert.Matches($"^ +{i + 1} +{System.Text.RegularExpressions.Regex.Escape($"{texts[i].Coefficient:0.0000}")}  {texts[i].Text}$", lines[7 + i]);
            int image = layer.TopImagesOf(17)[i];
            Assert.Matches($"^ +{i + 1} +{layer.TopNormsOf(17)[i]:0.000} +{image}  {image:000}.png$", lines[13 + i]);
        }
        Assert.Equal(16, lines.Length);
    }

    [Fact]
    public void Neurons_by_lot_have_a_line_and_a_picture_each_and_a_seed_draws_the_same_again()
    {
        string folder = inputs.File("lot");
        var call = CliCall.Run("show", "--run", inputs.Run, "--lot", "3", "--layers", "1", "--count", "2", "--output", folder);
        Assert.Equal((0, ""), (call.Code, call.Error));
        string[] lines = [.. call.Output.Split('\n').Where(line => line.StartsWith("1:", StringComparison.Ordinal))];
        Assert.Equal(3, lines.Length);
        Assert.Equal(lines.Select(line => line.Split(' ')[0].Replace(':', '-') + ".png").Order(),
            Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).Order());
        string[] Again(string seed) => [.. CliCall.Run("show", "--run", inputs.Run, "--lot", "3", "--layers", "1", "--seed", seed).Output
            .Split('\n').Where(line => line.StartsWith("1:", StringComparison.Ordinal))];
        Assert.Equal(lines, Again("0"));
        Assert.NotEqual(lines, Again("5"));
        CliCall.Refused("--lot draws neurons; leave --neuron out.", "show", "--run", inputs.Run, "--lot", "3", "--neuron", "1:17");
    }

    [Fact]
    public void Without_a_neuron_the_run_is_shown()
    {
        var call = CliCall.Run("show", "--run", inputs.Run);
        Assert.Equal((0, ""), (call.Code, call.Error));
        var run = RunDirectory.Open(inputs.Run);
        var layer = run.Neurons(1);
        Assert.Contains($"Images  12 of {inputs.Images}; top images of a neuron: 4 (33.3 %)\n", call.Output);
        Assert.Matches($"\n +1 +128 +{100 * layer.VarianceExplained.Order().ElementAt(64):0.0} %  1:\\d+ ", call.Output);
        Assert.EndsWith("Whether the descriptions are true has not been measured; the command ablate does, on labelled images.\n",
            call.Output);
        CliCall.Refused("--output draws one neuron; name it with --neuron.", "show", "--run", inputs.Run, "--output", inputs.File("x.png"));
    }

    [Fact]
    public void Its_sheet_shows_the_top_images_with_its_activation()
    {
        string path = inputs.File("sheets", "contact.png");
        var call = CliCall.Run("show", "--run", inputs.Run, "--neuron", "1:17", "--output", path);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.EndsWith($"Its top images with its activation over them are in {path}.\n", call.Output);
        // Three columns, a picture and its twin in each.
        Assert.Equal(3 * (2 * 224 + 4) + 2 * 12 + 2 * 20, ImageDecoder.Decode(path).Width);

        using var model = ClipModel.Load(inputs.Model);
        var run = RunDirectory.Open(inputs.Run);
        var sheet = NeuronSheet.Draw(run, model, new(1, 17), 2, ["its texts"], TestContext.Current.CancellationToken);
        Assert.Equal("its texts", sheet.Title[1]);
        Assert.Equal(2, sheet.Tiles.Count);
        int second = run.Neurons(1).TopImagesOf(17)[1];
        Assert.Equal($"2. effect {run.Neurons(1).TopNormsOf(17)[1]:0.00} %\n{second:000}.png", sheet.Tiles[1].Caption);
        Assert.Equal(model.Preprocessor.Crop(ImageDecoder.Decode(inputs.Picture(second))), sheet.Tiles[1].Picture.Pixels);
        AssertActivations(model, second, sheet.Tiles[1].Heat!.Values);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        CliCall.Refused("The neuron '391' is not understood; write its layer and its number, such as 9:391.", "show", "--run", inputs.Run,
            "--neuron", "391");
        CliCall.Refused($"The run {inputs.Run} has no layer 0 (it has 1); analyze the run again with this layer.", "show", "--run",
            inputs.Run, "--neuron", "0:3");
        CliCall.Refused("Layer 1 has no neuron 128; its neurons are numbered from 0 to 127.", "show", "--run", inputs.Run, "--neuron",
            "1:128");
        CliCall.Refused($"The run {inputs.Run} has no text pool 'nouns' (it has words); analyze the run again with its texts.",
            "show", "--run", inputs.Run, "--neuron", "1:17", "--pool", "nouns");
        CliCall.Refused($"The run {inputs.Run} has no table of 8 texts of the pool 'words' for layer 1 (it has 6); analyze the run again "
            + "with this size.",
            "show", "--run", inputs.Run, "--neuron", "1:17", "--size", "8");
        var none = CliCall.Run("show", "--run", inputs.Images, "--neuron", "1:17");
        Assert.Equal(2, none.Code);
        Assert.StartsWith($"{inputs.Images} is no run directory", none.Error);
    }

    [Fact]
    public void Images_that_moved_or_changed_are_named()
    {
        string[] words = ["show", "--run", inputs.Run, "--neuron", "1:17", "--output", inputs.File("x.png")];
        string first = inputs.Picture(RunDirectory.Open(inputs.Run).Neurons(1).TopImagesOf(17)[0]);
        TinyModel.WritePicture(first, 999);
        Assert.Equal($"The image {first} is not the one that the run was made with; put that one back, or make the run again.\n",
            CliCall.Run(words).Error);
        File.Delete(first);
        var gone = CliCall.Run(words);
        Assert.Equal(2, gone.Code);
        Assert.Equal($"The image {first} of the run is not there any more; put it back, or give the folder where the run's "
            + "images are now (analyze, given them and the run as its output, makes the run remember it) (--run-images).\n", gone.Error);
        Assert.False(File.Exists(inputs.File("x.png")));
    }

    private void AssertActivations(ClipModel model, int image, IReadOnlyList<float> actual)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Files([inputs.Picture(image)]));
        var neurons = model.Image.Trace(reader.Read(0, 1).Pixels, new() { MlpPost = [1] }).MlpPost[1];
        Assert.Equal(16, actual.Count);
        for (int patch = 0; patch < 16; patch++) Assert.Equal(neurons[0, patch + 1, 17].item<float>(), actual[patch], 1e-5f);
    }
}
