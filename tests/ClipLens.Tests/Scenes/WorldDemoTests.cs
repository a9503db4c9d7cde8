using System.Text.Json.Nodes;
using ClipLens.Runs;
using ClipLens.Scenes.Demo;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Scenes;

public sealed class WorldDemoTests
{
    [Fact]
    public void A_demo_as_small_as_can_be_runs_as_a_library_call()
    {
        using var folder = new TemporaryFolder();
        var settings = new DemoSettings(folder.File("demo"), 0, Pictures: 60, HeldOut: 16, Top: 6, LayerSelection.FromLayers(1), [4],
            Sheets: 2, Pairs: 1, Attacks: 1, AttackCount: 3, AttackRepeats: 1);
        DemoAblationTask? asked = null;
        // Of the descriptions those of even neurons tell, the others do not.
        var result = WorldDemo.Run(settings, (task, _, _) =>
        {
            asked = task;
            return new(["baseline"], [new(1, [77.5])], new Dictionary<int, IReadOnlyList<double>> { [1] = [.. Enumerable.Range(0, 4096)
                .Select(n => n % 2 == 0 ? 0.95 : 0.4)] });
        }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((16, settings.File("ablation.json")), (asked!.Images.Labels.Count, asked.Output));
        Assert.NotEmpty(result.Neurons);
        Assert.All(result.Neurons, neuron => Assert.Equal((1, 0), (neuron.Neuron.Layer, neuron.Neuron.Index % 2)));
        var scores = JsonNode.Parse(File.ReadAllText(settings.File("scores.json")))!;
        Assert.Equal((77.5, 16), ((double)scores["accuracy"]!, (int)scores["held_out"]!));
        Assert.Equal(result.Scores.Select(score => score.Name), scores["scores"]!.AsArray().Select(score => (string)score!["name"]!));
        Assert.Contains("<td>77.5</td>", File.ReadAllText(result.Report), StringComparison.Ordinal);
    }
}
