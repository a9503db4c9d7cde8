using ClipLens.Cli.Output;
using ClipLens.Cues.Adversarial;

namespace ClipLens.Cli.Commands.Adversarial;

/// <summary>What <c>adversarial</c> prints.</summary>
internal static class AdversarialTable
{
    public static void Write(Terminal terminal, AdversarialResult result, string output, IReadOnlyList<string> sheets)
    {
        var table = new ResultTable("cues", ">fooled of 100", ">deviation", ">counted", ">pictures", ">shift", "words");
        foreach (var source in result.Sources)
            table.Add(source.Source, Figure(source.Mean), Figure(source.StandardDeviation),
                $"{source.Repeats.Sum(repeat => repeat.Counted)}",
                $"{source.Repeats.Sum(repeat => repeat.Pictures)}", Figure(source.Shift), List(source.Cues));
        terminal.Write(table);
        terminal.WriteLine($"A {result.True} taken for a {result.Fooled}; a picture counts when the same picture without the cues is "
            + "classified right. The shift is the mean "
            + "change of the difference of the two logits (100 x cosines).");
        foreach (var source in result.Sources.Where(source => source.NotShown.Count > 0))
            terminal.WriteLine($"No picture could be made of {Words.Count(source.NotShown.Count, "cue")} of {source.Source}: "
            + $"{List(source.NotShown)}.");
        terminal.WriteLine($"Pictures, tables and contact sheets are in {output}; look at {sheets[0]} first.");
    }

    private static string Figure(double value) => double.IsFinite(value) ? $"{value:0.0}" : "-";

    private static string List(IReadOnlyList<string> words) => words.Count <= 6 ? string.Join(", ", words)
        : $"{string.Join(", ", words.Take(6))}, ...";
}
