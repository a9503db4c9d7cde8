using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Runs;
using ClipLens.Scenes.Demo;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Scenes;

public sealed class WorldDemoTests
{
    [Fact]
    public void A_demo_as_small_as_can_be_runs_as_a_library_call()
    {
        using var folder = new ScratchFolder();
        var settings = new DemoSettings(folder.File("demo"), 0, Pictures: 60, HeldOut: 16, Top: 6, LayerSelection.FromLayers(1), [4],
            Sheets: 2, Pairs: 1, Attacks: 1, AttackCount: 3, AttackRepeats: 1);
        var result = WorldDemo.Run(settings, cancellation: TestContext.Current.CancellationToken);
        Assert.True(File.Exists(settings.File("ablation.json")));
        Assert.Equal(16, result.Ablation.Images);
        Assert.All(result.Neurons, neuron => Assert.Equal(1, neuron.Neuron.Layer));
        double accuracy = Math.Round(result.Ablation.Figures[0][AblationNames.Baseline].Top1, 4);
        var scores = JsonNode.Parse(File.ReadAllText(settings.File("scores.json")))!;
        Assert.Equal((accuracy, 16), ((double)scores["accuracy"]!, (int)scores["held_out"]!));
        Assert.Equal(result.Scores.Select(score => score.Name), scores["scores"]!.AsArray().Select(score => (string)score!["name"]!));
        Assert.Contains(FormattableString.Invariant($"<td>{accuracy:0.0}</td>"), File.ReadAllText(result.Report), StringComparison.Ordinal);
    }
}
