using ClipLens.Cli.Output;
using ClipLens.Scenes.Demo;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>What the demo says at the end.</summary>
internal static class DemoSummary
{
    public static void Write(Terminal terminal, DemoResult result, TimeSpan elapsed)
    {
        terminal.WriteLine();
        terminal.WriteLine("Scores against the truth, in percent");
        var table = new ResultTable("Score", ">ClipLens", "Baselines") { Name = "scores" };
        foreach (var row in result.Scores)
            table.Add(row.Name, $"{row.Percent:0.0}", string.Join(", ", row.Baselines.Select(baseline =>
                $"{baseline.Name} {baseline.Percent:0.0}")));
        terminal.Write(table);
        terminal.WriteLine();
        terminal.WriteLine($"Done in {elapsed.TotalSeconds:0} s. Open {DemoPages.PathOf(result)} in a browser.");
        terminal.WriteCommand("A neuron:", result.Next[0]);
        terminal.WriteCommand("Its run in the explorer:", result.Next[1]);
    }
}
