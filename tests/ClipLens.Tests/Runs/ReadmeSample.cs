using ClipLens.Runs;

namespace ClipLens.Tests.Runs;

/// <summary>The sample of the README: what it shows compiles and runs.</summary>
public class ReadmeSample
{
    [Fact]
    public void The_library_in_a_dozen_lines()
    {
        using var world = new TinyRun();
        using var console = new StringWriter();
        Sample(world.Model, world.Images, world.Pool, world.Output, console);
        string[] lines = console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.Matches(@"^neuron \d+: ""[a-z ]+"", ""[a-z ]+"", ""[a-z ]+""; most of all in \d{3}\.png \(\d+ %\)$", lines[0].TrimEnd());
    }

    private static void Sample(string modelFolder, string photoFolder, string textFile, string runFolder, TextWriter console)
    {
        // README: begin
        var result = Analysis.Run(new AnalysisSettings
        {
            Model = modelFolder,
            Images = photoFolder,
            TextFiles = [textFile],
            Output = runFolder,
            Layers = LayerSelection.Parse("2"),
            Top = TopCount.Parse("10%"),
        });
        var neurons = result.Run.Neurons(layer: 2);
        var texts = result.Run.Texts(layer: 2, pool: "pool", size: 64).ToLookup(text => text.Neuron);
        foreach (int n in Enumerable.Range(0, neurons.Count).OrderByDescending(n => neurons.VarianceExplained[n]).Take(5))
        {
            string words = string.Join(", ", texts[n].Take(3).Select(text => $"\"{text.Text}\""));
            string photo = result.Run.Images[neurons.TopImagesOf(n)[0]].Path;
            console.WriteLine($"neuron {n}: {words}; most of all in {photo} ({neurons.VarianceExplained[n]:P0})");
        }
        // README: end
    }
}
