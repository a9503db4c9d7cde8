using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ClipLens.Tests.Cli.Endpoints;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>
/// Commands killed by SIGKILL at random moments and given again end with the bytes of one that was left alone. CLIPLENS_KILLS in the
/// environment sets the number of kills of each command.
/// </summary>
[Trait("Tier", "Process")]
public sealed partial class KillCampaignTests : IDisposable
{
    private const string Variable = "CLIPLENS_KILLS";
    private const int KillsOfARound = 3;

    private readonly TinyInputs inputs = new(30);

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void Analyze_killed_at_random_ends_with_the_same_bytes() => Campaign(inputs.Analyze(), inputs.Run,
        () => TinyRun.Files(inputs.Run));

    [Fact]
    public void Ablate_killed_at_random_ends_with_the_same_bytes()
    {
        Assert.Equal(0, CliCall.Run(inputs.Analyze()).Code);
        string labels = inputs.File("labels.csv"), classes = inputs.File("classes.txt"), output = inputs.File("out");
        File.WriteAllLines(labels, ["file,label", .. Enumerable.Range(0, 30).Select(i => $"{i:000}.png,{i % 3}")]);
        File.WriteAllLines(classes, ["red", "sky", "round"]);
        string[] words = ["ablate", "--run", inputs.Run, "--images", inputs.Images, "--labels", labels, "--classes", classes, "--resamples",
            "100", "--output", Path.Combine(output, "ablation.json")];
        Campaign(words, output, () =>
        {
            var files = TinyRun.Files(inputs.Run);
            foreach (string file in Directory.EnumerateFiles(output)) files["out/" + Path.GetFileName(file)] = File.ReadAllBytes(file);
            return files;
        });
    }

    [Fact]
    public void Reproduce_killed_at_random_ends_with_the_same_bytes()
    {
        foreach (var (name, seed) in new[] { ("n01_red", 1), ("n02_blue_sky", 2), ("n03_sea", 3) })
        {
            TinyModel.WritePictures(inputs.File("imagenet", "train", name), 12, seed);
            TinyModel.WritePictures(inputs.File("imagenet", "val", name), 4, seed + 10);
        }
        string output = inputs.File("paper");
        Campaign(["reproduce", "--model", inputs.Model, "--imagenet", inputs.File("imagenet"), "--texts", inputs.Texts, "--every", "2",
            "--layer", "1", "--top", "20%", "--size", "2,4", "--neurons", "3", "--sample", "18", "--output", output], output,
            () => Files(output));
    }

    [Fact]
    public void Adversarial_killed_at_random_ends_with_the_same_bytes()
    {
        Assert.Equal(0, CliCall.Run(inputs.Analyze("1,2")).Code);
        string output = inputs.File("fooled");
        // An image model that paints one of the pictures, by the seed that it is given.
        using var painter = new LocalServer((_, asked) => Reply.Json(new
        {
            images = new[] { Convert.ToBase64String(File.ReadAllBytes(inputs.Picture((int)((long)asked.Body["seed"]! % 30)))) },
        }));
        Campaign(["adversarial", "--run", inputs.Run, "--true", "red", "--fooled", "sky", "--pictures", "webui", "--image-endpoint",
            painter.Address.ToString(), "--count", "6", "--repeats", "2", "--output", output], output, () => Files(output));
    }

    [Fact]
    public void Edit_killed_at_random_ends_with_the_same_bytes()
    {
        string output = inputs.File("edited");
        Campaign(["edit", "--model", inputs.Model, "--ablate", "1:5,2:40", "--ablate-heads", "1:1", "--mean-images", inputs.Images,
            "--output", output], output, () => Files(output), isNeverReplaced: true);
    }

    /// <summary>Only in a campaign that was asked for: one demo takes longer than all other tests of this class.</summary>
    [Fact]
    public void A_demo_killed_at_random_ends_with_the_same_bytes()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Variable) is null, $"runs where {Variable} is set");
        string output = inputs.File("demo");
        Campaign(["demo", "--fast", "--output", output], output, () => Files(output));
    }

    /// <summary>All files of a folder, without times.</summary>
    private static SortedDictionary<string, byte[]> Files(string folder)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path =>
            Path.GetFileName(path) != ".stamps"))
            files[Path.GetRelativePath(folder, path)] = Path.GetExtension(path) is ".json" or ".md"
                ? Encoding.UTF8.GetBytes(Time().Replace(File.ReadAllText(path), "(time)")) : File.ReadAllBytes(path);
        foreach (string run in files.Keys.Where(name => Path.GetFileName(name) == "run.json").Select(Path.GetDirectoryName).ToList()!)
            files[Path.Combine(run, "run.json")] = TinyRun.Files(Path.Combine(folder, run))["run.json"];
        return files;
    }

    [GeneratedRegex("(\"seconds\": [0-9.]+|[0-9.]+ s\\b)")]
    private static partial Regex Time();

    /// <param name="words">The command.</param>
    /// <param name="output">What is removed before each round.</param>
    /// <param name="files">What must be the same.</param>
    /// <param name="isNeverReplaced">Whether the command refuses an output that is there, which then must be whole.</param>
    private static void Campaign(string[] words, string output, Func<SortedDictionary<string, byte[]>> files, bool isNeverReplaced = false)
    {
        int wanted = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int more) ? more : 2;
        var clock = Stopwatch.StartNew();
        using (var whole = OtherProcess.Command(words))
        {
            string said = whole.StandardError.ReadToEnd();
            whole.WaitForExit();
            Assert.True(whole.ExitCode == 0, said);
        }
        double length = clock.Elapsed.TotalMilliseconds;
        var expected = files();
        var random = new Random(9);
        for (int kills = 0; kills < wanted;)
        {
            Directory.Delete(output, recursive: true);
            for (int i = Math.Min(KillsOfARound, wanted - kills); i > 0; i--)
            {
                if (Kill(words, random.NextDouble() * length)) kills++;
                if (!isNeverReplaced || !Directory.Exists(output)) continue;
                TinyRun.AssertSame(expected, files());
                Directory.Delete(output, recursive: true);
            }
            var last = CliCall.Run(words);
            Assert.True(last.Code == 0, last.Error);
            TinyRun.AssertSame(expected, Whole(files()));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{wanted} kills within {length:0} ms.");
    }

    /// <summary>Starts the command and kills it after so many milliseconds; whether it was still at work.</summary>
    private static bool Kill(string[] words, double after)
    {
        using var process = OtherProcess.Command(words);
        if (process.WaitForExit(TimeSpan.FromMilliseconds(after))) return false;
        OtherProcess.End(process);
        return true;
    }

    /// <summary>Without the beginnings of files that a killed process leaves beside them.</summary>
    private static SortedDictionary<string, byte[]> Whole(SortedDictionary<string, byte[]> files)
    {
        foreach (string name in files.Keys.Where(name => name.EndsWith(".partial", StringComparison.Ordinal)).ToList()) files.Remove(name);
        return files;
    }
}
