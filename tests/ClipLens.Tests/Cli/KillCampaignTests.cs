using System.Diagnostics;
using System.Globalization;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>
/// Commands killed by SIGKILL at random moments and given again end with the bytes of one that was left alone. CLIPLENS_KILLS in the
/// environment sets the number of kills of each command.
/// </summary>
[Trait("Tier", "Process")]
public sealed class KillCampaignTests : IDisposable
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

    private static void Campaign(string[] words, string output, Func<SortedDictionary<string, byte[]>> files)
    {
        int wanted = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int more) ? more : 2;
        var clock = Stopwatch.StartNew();
        using (var whole = OtherProcess.Command(words))
        {
            whole.WaitForExit();
            Assert.Equal(0, whole.ExitCode);
        }
        double length = clock.Elapsed.TotalMilliseconds;
        var expected = files();
        var random = new Random(9);
        for (int kills = 0; kills < wanted;)
        {
            Directory.Delete(output, recursive: true);
            for (int i = Math.Min(KillsOfARound, wanted - kills); i > 0; i--) if (Kill(words, random.NextDouble() * length)) kills++;
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
