using ClipLens.Cli.Output;
using ClipLens.Runs.Studies.Truth;
using ClipLens.Statistics;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What <c>describe-eval</c> says.</summary>
internal static class DescriptionReport
{
    /// <summary>The tables.</summary>
    public static void Write(Terminal terminal, DescriptionStudyResult result)
    {
        terminal.WriteLine($"How well descriptions tell where neurons act, on {Words.Count(result.Images, "held-out image")}: medians "
            + "over neurons, in brackets the 10 % and 90 % quantiles.");
        foreach (var layer in result.Layers)
        {
            terminal.WriteLine();
            terminal.WriteLine($"Layer {layer.Layer}");
            var table = new ResultTable("Method", ">AUROC", ">Average precision", ">Correlation", ">Exponential", ">Texts", ">Seconds")
            { About = [("Layer", $"{layer.Layer}")] };
            foreach (var method in layer.Methods)
                table.Add([method.Name, .. method.ByName.Select(score => Range(score.Values)),
                    method.TextCounts is { } texts ? $"{texts.Median:0.#}" : "", $"{method.Seconds:0.0}"]);
            terminal.Write(table);
            foreach (var method in layer.Methods.Where(method => method.Sanity is not null)) WriteSanity(terminal, method);
        }
        terminal.WriteLine();
        terminal.WriteLine("other_neuron and random: floors. linear_readout: ridge regression on the run's images, the ceiling. A neuron "
            + "without texts counts as told by chance. Exponential: the correlation of the norm with exp(z / 2), z what is said in "
            + "standard deviations.");
        if (result.Seen > 0) terminal.WriteLine($"{Words.Count(result.Seen, "image")} left out because the run has seen "
            + $"{(result.Seen == 1 ? "it" : "them")}.");
        if (result.Failures.Count > 0) terminal.WriteLine($"{Words.Count(result.Failures.Count, "image")} could not be read; the first: "
            + $"{result.Failures[0]}");
    }

    private static void WriteSanity(Terminal terminal, MethodScores method)
    {
        string Line(IReadOnlyDictionary<string, double> falls) =>
            string.Join(", ", falls.Select(score => $"{score.Key} {Words.Percent(score.Value)}"));
        terminal.WriteLine($"{method.Undescribed} of {method.Texts!.Count} neurons are described by no text. "
            + $"The score falls with half of the claims taken away for: {Line(method.Sanity!.Missing)}; with as many false ones for: "
            + $"{Line(method.Sanity.False)}.");
    }

    private static string Range(IEnumerable<double> values) =>
        Quantiles.Describe(values) is { } own ? $"{own.Median:0.000} [{own.Tenth:0.00}, {own.Ninetieth:0.00}]" : "-";
}
