using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Cli.Commands.Demo;
using ClipLens.Files;
using ClipLens.Runs.Settings;
using ClipLens.Scenes.Demo;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Scenes;

public sealed class WorldDemoTests
{
    [Fact]
    public void A_folder_is_only_written_to_if_it_is_new_or_of_the_same_demo()
    {
        using var folder = new ScratchFolder();
        var settings = Smallest(folder.File("my demo"));
        Assert.InRange(settings.Megabytes, 5, 12);
        Directory.CreateDirectory(settings.Output);
        File.WriteAllText(settings.File("captions.csv"), "mine");
        Assert.Contains("is not empty and no demo's (it holds captions.csv, but no demo.json)", Refusal(settings),
            StringComparison.Ordinal);
        Assert.Contains("no demo's", Refusal(settings with { Overwrite = true }), StringComparison.Ordinal);
        Assert.Equal(["captions.csv"], Directory.GetFileSystemEntries(settings.Output).Select(Path.GetFileName));
        File.Delete(settings.File("captions.csv"));

        var first = WorldDemo.Run(settings, cancellation: TestContext.Current.CancellationToken);
        Assert.StartsWith($"cliplens show --run '{settings.File("run")}' --neuron 1:", first.Next[0], StringComparison.Ordinal);
        byte[] picture = File.ReadAllBytes(settings.File("pictures", "00000.png")), report = File.ReadAllBytes(first.Story);
        foreach (var other in new[] { settings with { Seed = 1 }, settings with { Pictures = 61 } })
            Assert.Equal("Overwrite", Assert.Throws<SettingException>(() =>
            WorldDemo.Run(other, null, TestContext.Current.CancellationToken)).Setting);
        Assert.Equal(picture, File.ReadAllBytes(settings.File("pictures", "00000.png")));
        Assert.Equal(report, File.ReadAllBytes(first.Story));
        using (FolderLock.Take(settings.File(".lock")))
            Assert.Contains("Another demo is at work", Refusal(settings), StringComparison.Ordinal);

        // Only the first repeat of the first source stays, beside the plan.
        string[] kept = [.. Directory.GetDirectories(settings.File("adversarial"), "repeat-*", SearchOption.AllDirectories)];
        Assert.Equal(["repeat-1"], kept.Select(Path.GetFileName));

        File.WriteAllText(settings.File("notes.txt"), "mine");
        WorldDemo.Run(settings with { Seed = 1, Overwrite = true }, cancellation: TestContext.Current.CancellationToken);
        Assert.NotEqual(picture, File.ReadAllBytes(settings.File("pictures", "00000.png")));
        Assert.Equal("mine", File.ReadAllText(settings.File("notes.txt")));
        Assert.Equal("Overwrite", Assert.Throws<SettingException>(() =>
            WorldDemo.Run(settings, null, TestContext.Current.CancellationToken)).Setting);
    }

    private static string Refusal(DemoSettings settings) => Assert.ThrowsAny<ClipLensException>(() =>
        WorldDemo.Run(settings, null, TestContext.Current.CancellationToken)).Message;

    private static DemoSettings Smallest(string output) => new(output, 0, Pictures: 60, HeldOut: 16, Top: 6, LayerSelection.FromLayers(1),
        [4], Sheets: 2, Pairs: 1, Attacks: 1, AttackCount: 3, AttackRepeats: 1, ConfirmingPictures: 2)
    {
        Next = DemoNext.Commands,
    };

    [Fact]
    public void A_demo_as_small_as_can_be_runs_as_a_library_call()
    {
        using var folder = new ScratchFolder();
        var settings = Smallest(folder.File("demo"));
        var result = WorldDemo.Run(settings, cancellation: TestContext.Current.CancellationToken);
        Assert.True(File.Exists(settings.File("ablation.json")));
        Assert.Equal(16, result.Ablation.Images);
        Assert.All(result.Neurons, neuron => Assert.Equal(1, neuron.Neuron.Layer));
        double accuracy = Math.Round(result.Ablation.Figures[0][AblationNames.Baseline].Top1, 4);
        var scores = JsonNode.Parse(File.ReadAllText(settings.File("scores.json")))!;
        Assert.Equal((accuracy, 16), ((double)scores["accuracy"]!, (int)scores["held_out"]!));
        Assert.Equal(result.Scores.Select(score => score.Name), scores["scores"]!.AsArray().Select(score => (string)score!["name"]!));
        Assert.Contains(FormattableString.Invariant($"<td>{accuracy:0.0}</td>"), File.ReadAllText(result.Story), StringComparison.Ordinal);
    }
}
