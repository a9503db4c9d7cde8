using ClipLens.Cli.Output;
using ClipLens.Cues.Adversarial;
using ClipLens.Labels;
using ClipLens.Runs.Studies;

namespace ClipLens.Cli.Commands.Cues;

/// <summary>What <c>adversarial</c> prints.</summary>
internal static class AdversarialTable
{
    public static void Write(Terminal terminal, AdversarialResult result, string output, IReadOnlyList<string> sheets,
        RunPictureSettings photographs)
    {
        var table = new ResultTable("cues", ">fooled of 100", ">deviation", ">counted", ">pictures", ">shift", "words");
        foreach (var source in result.Sources)
            table.Add(source.Source, Figure(source.Mean), Figure(source.StandardDeviation),
                $"{source.Repeats.Sum(repeat => repeat.Counted)}",
                $"{source.Repeats.Sum(repeat => repeat.Pictures)}", Figure(source.Shift), List(source.Cues));
        terminal.Write(table);
        string name = ClassNames.WithArticle(result.True);
        terminal.WriteLine($"{char.ToUpperInvariant(name[0])}{name[1..]} taken for {ClassNames.WithArticle(result.Fooled)}; a picture counts "
            + "when the same picture without the cues is classified right. The shift is the mean change of the difference of the two logits "
            + "(100 x cosines).");
        if (result.Photographs is { } count) terminal.WriteLine(Made(count, result.True, photographs));
        foreach (var source in result.Sources.Where(source => source.NotShown.Count > 0))
            terminal.WriteLine($"No picture could be made of {Words.Count(source.NotShown.Count, "cue")} of {source.Source}: "
            + $"{List(source.NotShown)}.");
        terminal.WriteLine($"Pictures, tables and contact sheets are in {output}; look at {sheets[0]} first.");
    }

    // Of fewer photographs the figures speak of these more than of the class.
    private const int Few = 10;

    private static string Made(int count, string name, RunPictureSettings photographs)
    {
        string which = photographs.Bases is not null ? "given" : photographs.Classes is { } classes
            ? $"in which the model sees it, more than any other of {classes.Count} classes"
            : "in which the model sees it, asked about no other class; a list of classes (--classes) keeps out what is more like another";
        return $"All pictures are made of {Words.Count(count, "photograph")} of {ClassNames.WithArticle(name)}, {which}."
            + (count < Few ? $" {(count == 1 ? "That is one" : "So few are")}: the figures tell about {(count == 1 ? "it" : "them")} "
                + $"more than about {ClassNames.WithArticle(name)}; give more photographs (--images, --base)." : "");
    }

    private static string Figure(double value) => double.IsFinite(value) ? $"{value:0.0}" : "-";

    private static string List(IReadOnlyList<string> words) => words.Count <= 6 ? string.Join(", ", words)
        : $"{string.Join(", ", words.Take(6))}, ...";
}
