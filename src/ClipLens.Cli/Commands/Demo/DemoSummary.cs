using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Output;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>What the demo says at the end.</summary>
internal static class DemoSummary
{
    public static void Write(Terminal terminal, DemoJob job, TimeSpan elapsed)
    {
        AblationReport.WriteAccuracies(terminal, job.Ablation);
        terminal.WriteLine();
        terminal.WriteLine("Scores against the truth, in percent");
        var table = new ResultTable("Score", ">ClipLens", "Baselines");
        foreach (var row in DemoScores.Rows(job))
            table.Add(row.Name, $"{row.Value:0.0}", string.Join(", ", row.Baselines.Select(baseline => $"{baseline.Name} {baseline.Value:0.0}")));
        terminal.Write(table);
        terminal.WriteLine();
        terminal.WriteLine($"Done in {elapsed.TotalSeconds:0} s. Open {job.Settings.File("report.html")} in a browser.");
        foreach (var neuron in DemoNeurons.Shown(job).Take(1))
            terminal.WriteLine($"A neuron: cliplens show --run {job.Settings.File("run")} --neuron {neuron.Neuron} --output neuron.png");
    }
}
