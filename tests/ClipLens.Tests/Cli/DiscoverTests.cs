using System.Text.Json.Nodes;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class DiscoverTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    public DiscoverTests() => Assert.Equal(0, CliCall.Run(inputs.Analyze("1,2")).Code);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void The_concepts_of_a_picture_are_shown_written_and_drawn()
    {
        string path = inputs.File("out", "concepts.json"), sheets = inputs.File("sheets");
        var call = CliCall.Run("discover", "--run", inputs.Run, "--image", inputs.Picture(3), "--count", "4", "--output", path,
            "--output-pictures", sheets);
        Assert.Equal(0, call.Code);
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        var picture = root["images"]![0]!;
        Assert.Equal("reinforced", (string)root["method"]!);
        Assert.InRange((int)picture["significant_neurons"]!, 1, 256);
        var concepts = picture["concepts"]!.AsArray();
        Assert.Equal(4, concepts.Count);
        Assert.Contains($" {(string)concepts[0]!["text"]!} ", call.Output);
        Assert.Equal(16, concepts[0]!["patches"]!["values"]!.AsArray().Count);
        Assert.All(concepts[0]!["neurons"]!.AsArray(), neuron => Assert.True((double)neuron!["share"]! > 0));
        Assert.Equal(3 * (2 * 224 + 4) + 2 * 12 + 2 * 20, ImageDecoder.Decode(Path.Combine(sheets, "003.png")).Width);
    }

    [Fact]
    public void The_concepts_of_a_folder_are_counted()
    {
        File.WriteAllText(Path.Combine(inputs.Images, "broken.png"), "no image");
        var call = CliCall.Run("discover", "--run", inputs.Run, "--image", inputs.Images, "--method", "zero-shot", "--count", "2",
            "--output", inputs.File("x.json"));
        Assert.Equal(0, call.Code);
        Assert.Matches(@"^\d+ concepts? in 12 images\nImages  Mean score", call.Output);
        Assert.Contains("1 image could not be read: ", call.Output);
        var root = JsonNode.Parse(File.ReadAllText(inputs.File("x.json")))!;
        Assert.Equal(24, root["images"]!.AsArray().Sum(picture => picture!["concepts"]?.AsArray().Count ?? 0));
        Assert.Equal(24, root["concepts"]!.AsArray().Sum(concept => (int)concept!["images"]!));
        Assert.Contains("broken.png", (string)root["images"]!.AsArray().Single(picture => picture!["error"] is not null)!["error"]!);
    }

    [Fact]
    public void Methods_are_compared_with_the_classes()
    {
        // Every image's class is what the texts nearest to it say, so that zero-shot ranking must find them all; half of the classes have
        // a second name that nothing says.
        Assert.Equal(0, CliCall.Run("discover", "--run", inputs.Run, "--image", inputs.Images, "--method", "zero-shot", "--count", "1",
            "--output", inputs.File("x.json")).Code);
        var found = JsonNode.Parse(File.ReadAllText(inputs.File("x.json")))!["images"]!.AsArray();
        string[] first = [.. found.Select(picture => (string)picture!["concepts"]![0]!["text"]!)], classes = [.. first.Distinct()];
        File.WriteAllLines(inputs.File("classes.txt"), classes.Select((name, i) => i % 2 == 0 ? name : $"zzz, {name}")
            .Append("nothing of it"));
        File.WriteAllLines(inputs.File("labels.csv"), found.Select((picture, i) =>
            $"{(string)picture!["image"]!},{Array.IndexOf(classes, first[i])}").Prepend("file,label"));
        string[] words = ["discover-eval", "--run", inputs.Run, "--images", inputs.Images, "--labels", inputs.File("labels.csv"),
            "--classes", inputs.File("classes.txt"), "--output", inputs.File("eval.json")];
        var call = CliCall.Run(words);
        Assert.Equal(0, call.Code);
        var root = JsonNode.Parse(File.ReadAllText(inputs.File("eval.json")))!;
        Assert.Equal(100, (double)root["nameable_percent"]!);
        Assert.Equal(["reinforced 0.1", "effects", "paper", "embedding", "zero-shot"], root["methods"]!.AsObject()
            .Select(method => method.Key));
        Assert.All(new[] { "1", "5", "10" }, rank => Assert.Equal(100, (double)root["methods"]!["zero-shot"]!["by_name"]![rank]!));
        Assert.All(root["methods"]!.AsObject(), method =>
            Assert.True((double)method.Value!["by_name"]!["10"]! >= (double)method.Value!["by_name"]!["1"]!));
        Assert.Contains("\nzero-shot        100.0", call.Output);
        CliCall.Refused("--weights takes numbers separated by commas, not 'heavy'.", [.. words, "--weights", "heavy"]);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        string text = inputs.File("notes.jpg");
        File.WriteAllText(text, "no image");
        var none = CliCall.Run("discover", "--run", inputs.Run, "--image", text);
        Assert.Equal((2, ""), (none.Code, none.Output));
        Assert.Matches("notes.jpg.*\\.\n$", none.Error);
        CliCall.Refused($"The run {inputs.Run} has no layer 0 (it has 1, 2); analyze the run again with this layer.",
            "discover", "--run", inputs.Run, "--image", inputs.Picture(0), "--layers", "0");
        string other = TinyModel.Write(inputs.File("other"), seed: 9);
        CliCall.Refused($"The run {inputs.Run} was made with another model than {other}: the weights or their configuration differ; give "
            + "the run's own checkpoint, or make a run with this one.",
            "discover", "--run", inputs.Run, "--image", inputs.Picture(0), "--model", other);
        CliCall.Refused($"The run {inputs.Run} has no text pool 'nouns' (it has words); analyze the run again with its texts.",
            "discover", "--run", inputs.Run, "--image", inputs.Picture(0), "--pool", "nouns");
    }
}
