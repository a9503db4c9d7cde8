using System.Text.Json.Nodes;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

public sealed class CuesTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    public CuesTests() => Assert.Equal(0, CliCall.Run(inputs.Analyze("1,2")).Code);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void Cues_are_listed_and_written()
    {
        string path = inputs.File("out", "cues.json");
        var call = CliCall.Run("cues", "--run", inputs.Run, "--true", "tree", "--fooled", "sky", "--count", "5", "--output", path);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.StartsWith("Cues that lead from tree to sky\nRank   Score  Cue", call.Output);
        Assert.EndsWith($"All of it is in {path}.\n", call.Output);
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.Equal("second-order", (string)root["source"]!);
        Assert.Equal(100, root["neurons"]!.AsArray().Count);
        double[] scores = [.. root["cues"]!.AsArray().Select(cue => (double)cue!["score"]!)];
        Assert.InRange(scores.Length, 1, 5);
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.All(root["cues"]!.AsArray(), cue => Assert.DoesNotContain("sky", (string)cue!["text"]!));
        Assert.Contains((string)root["cues"]![0]!["text"]!, call.Output);
    }

    [Fact]
    public void What_was_dropped_is_shown_with_the_reason()
    {
        var call = CliCall.Run("cues", "--run", inputs.Run, "--true", "tree", "--fooled", "sky", "--source", "most-similar", "--count",
            "30", "--synonym-similarity", "1");
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Matches("\nDropped \\(texts of a similarity of 1.00 or more say the same\\)\n", call.Output);
        Assert.Matches("\n0\\.\\d{4}  [a-z ]*sky[a-z ]* +it names the class sky\n", call.Output);
    }

    [Fact]
    public void All_pairs_of_a_list_are_listed_and_written()
    {
        string classes = inputs.File("classes.txt"), path = inputs.File("pairs.json");
        File.WriteAllLines(classes, ["tree", "sky", "house"]);
        var call = CliCall.Run("cues", "--run", inputs.Run, "--all-pairs", "--classes", classes, "--count", "2", "--shown",
            "0", "--output", path);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.StartsWith("The strongest of 6 pairs\n", call.Output);
        var pairs = JsonNode.Parse(File.ReadAllText(path))!["pairs"]!.AsArray();
        Assert.InRange(pairs.Count, 1, 2);
        Assert.Contains((string)pairs[0]!["text"]!, call.Output);
        CliCall.Refused("--all-pairs scans the pairs of a list of classes; give it with --classes.", "cues", "--run", inputs.Run,
            "--all-pairs");
        CliCall.Refused("--all-pairs scans all pairs; leave --true, --fooled and --confirm out.", "cues", "--run", inputs.Run,
            "--all-pairs", "--classes", classes, "--true", "tree");
    }

    [Fact]
    public void Bad_input_is_named()
    {
        CliCall.Refused("Two classes are needed; give --true and --fooled, or --all-pairs with --classes.", "cues", "--run", inputs.Run,
            "--true", "tree");
        CliCall.Refused("--confirm takes at least 2 pictures, from which an interval is taken.", "cues", "--run", inputs.Run,
            "--true", "tree", "--fooled", "sky", "--confirm", "1");
        CliCall.Refused("The true class is empty; give the name of what the image shows, such as ship.", "cues", "--run", inputs.Run,
            "--true", "", "--fooled", "sky");
        CliCall.Refused("The fooled class is empty; give the name of what the model shall see, such as truck.", "cues", "--run",
            inputs.Run, "--true", "tree", "--fooled", " ");
        CliCall.Refused($"The run {inputs.Run} has no layer 0 (it has 1, 2); analyze the run again with this layer.",
            "cues", "--run", inputs.Run, "--true", "tree", "--fooled", "sky", "--layers", "0");
        CliCall.Refused("--synonym-similarity takes a number from 0 to 1, not 'high'.",
            "cues", "--run", inputs.Run, "--true", "tree", "--fooled", "sky", "--synonym-similarity", "high");
        string other = TinyModel.Write(inputs.File("other"), seed: 9);
        CliCall.Refused($"The run {inputs.Run} was made with another model than {other}: the weights or their configuration differ; give "
            + "the run's own checkpoint, or make a run with this one.",
            "cues", "--run", inputs.Run, "--true", "tree", "--fooled", "sky", "--model", other);
    }
}
