using ClipLens.Cli.Output;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Units;
using ClipLens.Runs.Studies.Editing;

namespace ClipLens.Cli.Commands.Editing;

/// <summary>What an edit did, for people.</summary>
internal static class EditReport
{
    private const int UnitsShown = 8, ClassesShown = 3;

    public static void Write(Terminal terminal, EditResult result, string output)
    {
        foreach (string note in result.Notes) terminal.Note(note);
        foreach (string file in result.LeftOut)
            terminal.Note($"{file} was left out: it holds the weights before the edit.");
        foreach (var text in result.Found.GroupBy(own => own.Text))
            terminal.WriteLine($"\"{text.Key}\": {string.Join(", ", text.Take(UnitsShown).Select(own => own.Neuron.Neuron))}"
                + $"{(text.Count() > UnitsShown ? $" and {text.Count() - UnitsShown} more" : "")}");
        foreach (var trial in result.Trials)
            terminal.WriteLine($"mean of {(trial.Mean == EditMean.ClassToken ? "the class token" : "all tokens")}: "
                + $"{(trial.Accuracy is { } accuracy ? $"accuracy {Percent(accuracy)} %, " : "")}cosine {Fixed(trial.Cosine, 4)}");
        if (result.Search is { } search)
            terminal.WriteLine($"searched on {Words.Count(search.Images, "picture")} in {Words.Count(search.Passes, "pass")}: "
                .Replace("passs", "passes", StringComparison.Ordinal)
                + $"{search.Changes.Count(change => !change.Unit.IsHead)} neurons, {search.Changes.Count(change => change.Unit.IsHead)} "
                + "heads");
        Write(terminal, result);
        var edit = result.Record!.Edit;
        terminal.WriteLine($"{output}: {Words.Count(edit.Changes.Count, "change")} ({Units(edit)}), "
            + $"{MeanWords(edit.Mean)}. 'cliplens edit --undo --model {output}' takes "
            + $"{(edit.Changes.Count == 1 ? "it" : "them")} back.");
    }

    private static void Write(Terminal terminal, EditResult result)
    {
        if (result.Effect is not { } effect) return;
        var table = new ResultTable("", ">images", ">before", ">after", ">difference", "95 % interval");
        if (effect.Accuracy is { } accuracy) Add(table, "accuracy, %", accuracy);
        if (result.Attack is { } attack)
        {
            Add(table, "fooled by a name on the picture, %", attack.Fooled);
            Add(table, "accuracy with a name, %", attack.Accuracy);
        }
        foreach (var cue in result.Cues.Take(1))
        {
            Add(table, "accuracy with the cue, %", cue.WithCue);
            Add(table, "accuracy without it, %", cue.WithoutCue);
            Add(table, "misled by the cue, %", cue.Misled);
        }
        if (result.Scenes is { } scenes) Add(table, "accuracy before exchanged scenes, %", scenes);
        if (effect.Retrieval is { } retrieval)
        {
            Add(table, "own caption nearest, %", retrieval.ImageToText);
            Add(table, "own picture nearest, %", retrieval.TextToImage);
        }
        if (effect.WorstBefore is { } before && effect.WorstAfter is { } after)
            table.Add("worst group, %", "", $"{Percent(before.Before)} ({before.Name})", $"{Percent(after.After)} ({after.Name})",
                Signed(after.After - before.Before), "");
        foreach (var part in effect.Classes.Where(part => part.Difference > 0).Take(ClassesShown)) Add(table, "helped: ", part);
        foreach (var part in effect.Classes.Where(part => part.Difference < 0).Reverse().Take(ClassesShown)) Add(table, "harmed: ", part);
        if (table.Rows > 0) terminal.Write(table);
        var (score, kept) = result.Cues.Count > 0 ? ("right where cues may mislead", "accuracy with the cue") : ("fooled", "accuracy");
        foreach (var baseline in result.Baselines)
            terminal.WriteLine($"{baseline.Name}{(baseline.Units > 0 ? $" ({baseline.Units} units)" : "")} instead: "
                + $"{score} {Percent(baseline.Score)} %, {kept} {Percent(baseline.Accuracy)} %"
                + (baseline.Scenes is { } own ? $", before exchanged scenes {Percent(own)} %" : ""));
        terminal.WriteLine($"{(effect.Changed is { } changed ? $"another class for {Percent(changed)} % of the pictures; " : "")}"
            + $"cosine of the embeddings before and after {Fixed(effect.Cosine, 4)}, one in ten below {Fixed(effect.LeastCosine, 4)}");
    }

    private static void Add(ResultTable table, string name, PairedShare share) => table.Add(name, Fixed(share.Images, 0),
        Percent(share.Before), Percent(share.After), Signed(share.Difference),
        $"{Signed(share.DifferenceInterval.Low)} to {Signed(share.DifferenceInterval.High)}");

    private static void Add(ResultTable table, string lead, PartChange part) => table.Add(lead + part.Name, Fixed(part.Images, 0),
        Percent(part.Before), Percent(part.After), Signed(part.Difference), "");

    private static string Units(ModelEdit edit) => string.Join(", ", edit.Changes.Take(UnitsShown).Select(change =>
        $"{change.Unit}{(change.Factor == 0 ? "" : FormattableString.Invariant($" x {change.Factor}"))}"))
        + (edit.Changes.Count > UnitsShown ? ", ..." : "");

    private static string MeanWords(EditMean mean) => mean switch
    {
        EditMean.ClassToken => "the class token's mean stays",
        EditMean.AllTokens => "the mean of all tokens stays",
        _ => "no mean stays",
    };

    private static string Percent(double value) => Fixed(value, 1);

    private static string Signed(double value) => (value >= 0 ? "+" : "\u2212") + Fixed(Math.Abs(value), 1);

    private static string Fixed(double value, int digits) => value.ToString("F" + digits,
        System.Globalization.CultureInfo.InvariantCulture);
}
