using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Runs;

/// <summary>A run of the text tower, whose dataset is a list of texts.</summary>
public sealed class TextTowerRunTests : IDisposable
{
    private readonly TinyInputs inputs = new(pictures: 1, texts: 90);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void Its_neurons_are_those_of_the_effects_on_the_texts()
    {
        Assert.Equal(0, CliCall.Run(Analyze()).Code);
        var run = RunDirectory.Open(inputs.Run);
        Assert.Equal((TowerKind.Text, 2, 90), (run.Manifest.Settings.Tower, run.Manifest.Model.Blocks, run.Images.Count));
        string[] texts = [.. run.Images.Select(row => row.Path)];
        Assert.Equal(File.ReadAllLines(inputs.Texts), texts);

        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(inputs.Model);
        var lens = new TextLens(model);
        var effects = lens.SecondOrder(lens.Trace(texts, 0), 0);
        var mean = effects.mean([0]);
        var norms = linalg.vector_norm(effects - mean, 2, [2]);
        var (best, places) = norms.topk(5, 0);
        var neurons = run.Neurons(0);
        Assert.InRange(Golden.RelativeError(tensor(neurons.Mean.ToArray(), mean.shape), mean), 0, 1e-5);
        for (int neuron = 0; neuron < neurons.Count; neuron += 7)
        {
            var expected = best.select(1, neuron);
            Assert.InRange(Golden.RelativeError(tensor(neurons.TopNormsOf(neuron).ToArray()), expected), 0, 1e-4);
            Assert.Equal(places[0, neuron].item<long>(), neurons.TopImagesOf(neuron)[0]);
            var top = (effects - mean).select(1, neuron).index_select(0, tensor(neurons.TopImagesOf(neuron).ToArray()
                .Select(text => (long)text).ToArray()));
            var (direction, _) = PrincipalDirections.Decompose(top.unsqueeze(0));
            Assert.Equal(1, Math.Abs(direction[0].dot(tensor(neurons.DirectionOf(neuron).ToArray())).item<float>()), 1e-4f);
        }
    }

    [Fact]
    public void It_is_shown_with_its_texts_and_continued_and_what_needs_images_is_refused()
    {
        var call = CliCall.Run(Analyze());
        Assert.Contains("90 texts analyzed in ", call.Output, StringComparison.Ordinal);
        byte[] table = File.ReadAllBytes(Path.Combine(inputs.Run, "images.parquet"));
        Assert.Contains("had everything already (90 texts).", CliCall.Run(Analyze()).Output, StringComparison.Ordinal);
        Assert.Equal(table, File.ReadAllBytes(Path.Combine(inputs.Run, "images.parquet")));

        string shown = CliCall.Run("show", "--run", inputs.Run, "--neuron", "0:3").Output;
        Assert.Contains("of its top texts' squared effects lie in one direction", shown, StringComparison.Ordinal);
        string refusal = $"The run {inputs.Run} is of the text tower, whose neurons have texts and no images to show; give a run of the "
            + "image tower.";
        CliCall.Refused(refusal, "explore", "--run", inputs.Run, "--port", "0");
        CliCall.Refused(refusal, "report", "--run", inputs.Run, "--output", inputs.File("pages"));
        string[] texts = File.ReadAllLines(inputs.Texts);
        int first = RunDirectory.Open(inputs.Run).Neurons(0).TopImagesOf(3)[0];
        Assert.Matches($@"Top texts\nRank  +Effect  +Index  +Text\n +1  +[0-9.]+  +{first}  +{texts[first]}\n", shown);

        CliCall.Refused($"The run {inputs.Run} is of the text tower, whose top texts cannot be drawn; leave --output out.",
            "show", "--run", inputs.Run, "--neuron", "0:3", "--output", inputs.File("sheet.png"));
        CliCall.Refused($"The run {inputs.Run} is of the text tower, of which this cannot be told; give a run of the image tower.",
            "discover", "--run", inputs.Run, "--image", inputs.Picture(0));
    }

    [Fact]
    public void What_is_no_dataset_of_texts_is_told()
    {
        string[] effects = ["effects", "--model", inputs.Model, "--tower", "text", "--layers", "0", "--output",
            inputs.File("no.safetensors")];
        CliCall.Refused("There is no file captons.txt; give a text file with a text a line, or the texts themselves.",
            [.. effects, "--images", "captons.txt"]);
        CliCall.Refused("There is no file word-10k; perhaps words-10k was meant, which is fetched.", [.. effects, "--images", "word-10k"]);
        string sentence = "Texts have no EXIF data that could turn them; leave the orientation out for the text tower "
            + "(--exif-orientation).";
        CliCall.Refused(sentence, [.. effects, "--images", "a dog", "--exif-orientation"]);
        CliCall.Refused(sentence, [.. Analyze(), "--exif-orientation"]);
        Assert.False(Directory.Exists(inputs.Run));
        string notes = string.Join(' ', TopCount.Doubts(3, 3, TowerKind.Text));
        Assert.DoesNotContain("image", notes);
        Assert.StartsWith("A neuron's direction comes from 3 top texts: of fewer than 10 ", notes);
    }

    [Fact]
    public void Effects_on_texts_are_written_to_a_file()
    {
        string path = inputs.File("effects.safetensors");
        Assert.Equal(0, CliCall.Run("effects", "--model", inputs.Model, "--tower", "text", "--images", "red sky", "blue", "--layers", "0",
            "--output", path).Code);
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(inputs.Model);
        var lens = new TextLens(model);
        using var file = ClipLens.Files.SafeTensorsFile.Open(path);
        var trace = lens.Trace(["red sky", "blue"], 0);
        Assert.InRange(Golden.RelativeError(file.Load("effects"), lens.SecondOrder(trace, 0)), 0, 1e-6);
        Assert.InRange(Golden.RelativeError(file.Load("representation"), trace.Representation), 0, 1e-6);
    }

    private string[] Analyze() => ["analyze", "--model", inputs.Model, "--tower", "text", "--images", inputs.Texts, "--texts", inputs.Texts,
        "--layers", "0", "--top", "5", "--size", "4", "--output", inputs.Run];
}
