using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClipLens.Scenes;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>One fast demo for all tests of it.</summary>
public sealed class FastDemo : IDisposable
{
    private readonly ScratchFolder folder = new();

    public FastDemo() => Call = CliCall.Run("demo", "--fast", "--output", Folder);

    internal CliCall Call { get; }

    public string Folder => folder.File("demo");

    public JsonObject Scores => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "scores.json")))!.AsObject();

    public void Dispose() => folder.Dispose();
}

/// <summary>
/// The demo at its fast size: the scores in README.md, between the marks <c>&lt;!-- demo scores --&gt;</c> and <c>&lt;!-- end --&gt;</c>,
/// are those of this program. UPDATE_DOCS=1 in the environment writes them anew.
/// </summary>
public sealed class DemoTests(FastDemo demo) : IClassFixture<FastDemo>
{
    /// <summary>Points of percent by which another processor's rounding may move a score.</summary>
    private const double Tolerance = 3;

    [Fact]
    public void It_ends_well_and_writes_everything()
    {
        Assert.Equal((0, ""), (demo.Call.Code, demo.Call.Code == 0 ? "" : demo.Call.Error));
        foreach (string file in new[] { "run/run.json", "scores.json", "report.html", "ablation.json", "ablation-layers.png",
            "report/scenes.png", "report/segments.png", "captions.csv" })
            Assert.True(File.Exists(Path.Combine(demo.Folder, file)), file);
        Assert.Contains("Scores against the truth", demo.Call.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_needs_nothing_from_elsewhere_and_all_its_pictures_are_there()
    {
        string page = File.ReadAllText(Path.Combine(demo.Folder, "report.html"));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        var pictures = Regex.Matches(page, "<img src=\"([^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.InRange(pictures.Count, 5, 100);
        Assert.All(pictures, picture => Assert.True(File.Exists(Path.Combine(demo.Folder, picture)), picture));
    }

    [Fact]
    public void The_same_seed_gives_the_same_scores()
    {
        using var other = new FastDemo();
        Assert.Equal(demo.Scores.ToJsonString(), other.Scores.ToJsonString());
    }

    [Fact]
    public void The_scores_in_the_readme_are_those_of_this_program()
    {
        string path = Path.Combine(Repository.Root, "README.md"), text = File.ReadAllText(path), start = "<!-- demo scores -->\n",
            end = "<!-- end -->";
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length, to = text.IndexOf(end, from, StringComparison.Ordinal);
        string table = Table(demo.Scores);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, text[..from] + table + text[to..]);
        else AssertClose(table, text[from..to]);
    }

    [Theory]
    [InlineData("first text that a strong neuron acts on", 20)]
    [InlineData("its first four texts", 10)]
    [InlineData("segmentation of the main object, mIoU", 5)]
    [InlineData("segmentation of the main object, pixel accuracy", 2)]
    public void What_is_to_be_better_than_every_baseline_is(string name, double margin)
    {
        var row = Row(name);
        Assert.All(row["baselines"]!.AsObject(), baseline =>
            Assert.True((double)row["percent"]! > (double)baseline.Value! + margin, $"{row["name"]}: {row["percent"]} against {baseline}"));
    }

    [Fact]
    public void Concepts_of_a_picture_are_truer_than_the_papers_rule_and_the_decomposed_embedding()
    {
        var row = Row("first five concepts");
        foreach (string baseline in new[] { "paper's rule", "embedding decomposed" })
            Assert.True((double)row["percent"]! > (double)row["baselines"]![baseline]! + 10,
            $"{row["percent"]} against {row["baselines"]}");
    }

    [Fact]
    public void A_damaged_or_missing_model_is_said_in_a_sentence()
    {
        using var folder = new ScratchFolder();
        string copy = folder.File("model");
        Assert.Contains("missing or damaged", Assert.Throws<ClipLensException>(() => WorldModel.Load(copy)).Message,
            StringComparison.Ordinal);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(WorldModel.Folder)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        WorldModel.Load(copy).Dispose();
        string weights = Path.Combine(copy, "open_clip_model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("missing or damaged", Assert.Throws<ClipLensException>(() => WorldModel.Load(copy)).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(weights, bytes[..100_000]);
        Assert.Contains("missing or damaged", Assert.Throws<ClipLensException>(() => WorldModel.Load(copy)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_said_before_any_work()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("file"), "");
        var call = CliCall.Run("demo", "--fast", "--output", folder.File("file", "demo"));
        Assert.Equal(2, call.Code);
        Assert.Contains("cannot be written", call.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a red zeppelin over the volcano", "words that the world does not know: zeppelin, over, volcano")]
    [InlineData(" ", "The caption is empty")]
    [InlineData("a ship on the sea in the desert", "two backgrounds")]
    public void A_caption_that_cannot_be_drawn_is_said_in_a_sentence(string caption, string message)
    {
        using var folder = new ScratchFolder();
        var call = CliCall.Run("demo", "draw", "--caption", caption, "--output", folder.File("out.png"));
        Assert.Equal(2, call.Code);
        Assert.Contains(message, call.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out.png")));
    }

    [Fact]
    public void A_caption_is_drawn_the_same_for_the_same_seed()
    {
        using var folder = new ScratchFolder();
        byte[] Draw(string name, string seed)
        {
            var call = CliCall.Run("demo", "draw", "--caption", "a striped red ship on the sea with a bird", "--side", "64", "--seed",
                seed, "--output", folder.File(name));
            Assert.Equal(0, call.Code);
            Assert.Contains("a striped red ship on the sea with a", call.Output, StringComparison.Ordinal);
            return File.ReadAllBytes(folder.File(name));
        }
        Assert.Equal(Draw("a.png", "1"), Draw("b.png", "1"));
        Assert.NotEqual(Draw("a.png", "1"), Draw("c.png", "2"));
    }

    private JsonNode Row(string name) => demo.Scores["scores"]!.AsArray()
        .First(row => ((string)row!["name"]!).StartsWith(name, StringComparison.Ordinal))!;

    private static string Table(JsonObject scores) => "| score, in percent | ClipLens | baselines |\n|---|---|---|\n"
        + string.Concat(scores["scores"]!.AsArray().Select(row =>
        string.Create(CultureInfo.InvariantCulture, $"| {row!["name"]} | {(double)row["percent"]!:0.0} | "
        + $"{string.Join(", ", row["baselines"]!.AsObject().Select(baseline => string.Create(CultureInfo.InvariantCulture, $"{baseline.Key} {(double)baseline.Value!:0.0}")))} |\n")));

    private static void AssertClose(string expected, string actual)
    {
        const string number = @"\d+\.\d";
        Assert.Equal(Regex.Replace(expected, number, "#"), Regex.Replace(actual, number, "#"));
        var pairs = Regex.Matches(expected, number).Zip(Regex.Matches(actual, number), (a, b) =>
            (double.Parse(a.Value, CultureInfo.InvariantCulture), double.Parse(b.Value, CultureInfo.InvariantCulture)));
        Assert.All(pairs, pair => Assert.InRange(pair.Item2, pair.Item1 - Tolerance, pair.Item1 + Tolerance));
    }
}
