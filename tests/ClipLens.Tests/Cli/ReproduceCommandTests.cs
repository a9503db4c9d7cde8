using System.Text.Json.Nodes;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>The command reproduce on folders laid out like ImageNet's.</summary>
public sealed class ReproduceCommandTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly string[] arguments;

    public ReproduceCommandTests()
    {
        TinyModel.Write(folder.File("model"));
        TinyModel.WriteTexts(folder.File("pool.txt"), 30);
        foreach (var (name, seed) in new[] { ("n01_red", 1), ("n02_blue_sky", 2), ("n03_sea", 3) })
        {
            TinyModel.WritePictures(folder.File("imagenet", "train", name), 12, seed);
            TinyModel.WritePictures(folder.File("imagenet", "val", name), 4, seed + 10);
        }
        TinyModel.WritePictures(folder.File("imagenet", "imagenet-r", "n03_sea"), 3, 20);
        TinyModel.WritePictures(folder.File("imagenet", "imagenet-r", "n01_red"), 2, 21);
        arguments = ["reproduce", "--model", folder.File("model"), "--imagenet", folder.File("imagenet"), "--texts",
            folder.File("pool.txt"), "--every", "2",
            "--layer", "1", "--top", "20%", "--size", "2,4", "--neurons", "3", "--sample", "18", "--output", folder.File("paper")];
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Published_numbers_stand_beside_measured_ones_and_what_is_done_is_not_done_again()
    {
        var first = CliCall.Run(arguments);
        Assert.True(first.Code == 0, first.Error);
        Assert.Equal(18, File.ReadAllLines(folder.File("paper", "dataset.txt")).Length);
        var ablation = Read("ablation.json");
        Assert.Equal(12, (int)ablation["images"]!);
        Assert.Equal(3, (int)ablation["classes"]!);
        Assert.Equal(5, (int)Read("imagenet-r.json")["images"]!);
        Assert.Equal(2, (int)Read("imagenet-r.json")["classes"]!);
        var figures = Read("report.json")["figures"]!.AsArray();
        var baseline = figures.First(row => (string)row!["what"]! == "Zero-shot accuracy (%)")!;
        Assert.Equal("63.3", (string?)baseline["published"]);
        Assert.Equal($"{(double)ablation["layers"]!["1"]!["baseline"]!:0.0}", (string?)baseline["measured"]);
        Assert.Contains("without the second-order effects of layer 1", first.Output);

        var times = Times();
        var second = CliCall.Run(arguments);
        Assert.Equal(first.Output, second.Output);
        Assert.Equal(times, Times());

        TinyModel.WritePictures(folder.File("imagenet", "val", "n01_red"), 5, 30);
        Assert.Equal(0, CliCall.Run(arguments).Code);
        Assert.Equal(13, (int)Read("ablation.json")["images"]!);
    }

    [Fact]
    public void A_share_takes_images_from_everywhere()
    {
        var call = CliCall.Run([.. arguments[..^1], folder.File("half"), "--share", "0.5"]);
        Assert.True(call.Code == 0, call.Error);
        string[] chosen = File.ReadAllLines(folder.File("half", "dataset.txt"));
        Assert.Equal(9, chosen.Length);
        Assert.Equal(3, chosen.Select(Path.GetDirectoryName).Distinct().Count());
        Assert.Equal(6, (int)JsonNode.Parse(File.ReadAllText(folder.File("half", "ablation.json")))!["images"]!);
    }

    [Fact]
    public void Class_names_must_be_as_many_as_folders_and_a_share_is_a_share()
    {
        File.WriteAllLines(folder.File("classes.txt"), ["red", "blue"]);
        CliCall.Refused($"{folder.File("classes.txt")} has 2 class names where there are 3 classes; write a name a class, in their order.",
            [.. arguments, "--classes", folder.File("classes.txt")]);
        CliCall.Refused("--share takes a number above 0 and up to 1, not '2'.", [.. arguments, "--share", "2"]);
    }

    private JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(folder.File("paper", name)))!;

    private DateTime[] Times() =>
        [.. new[] { "ablation.json", "compare.json", "imagenet-r.json" }.Select(name =>
        File.GetLastWriteTimeUtc(folder.File("paper", name)))];
}
