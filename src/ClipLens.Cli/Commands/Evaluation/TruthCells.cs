using ClipLens.Runs.Studies.Truth;
using ClipLens.Statistics;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>How true the descriptions of a layer are, as columns of a table.</summary>
internal static class TruthCells
{
    /// <summary>Titles of the columns that <see cref="Fill"/> fills.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Description", "Another's", "First text", "Single texts", "Direction itself",
        "Concepts"];

    /// <summary>What the columns mean, for under a table.</summary>
    public const string Legend = "Another's: the description of another neuron of the layer. Concepts: effective number of groups of "
        + "texts that say nearly the same.";

    /// <summary>The distributions over neurons: median and, in brackets, the 10 % and 90 % quantiles.</summary>
    public static IReadOnlyList<string> Fill(LayerTruth truth) =>
    [
        Range(truth.Neurons.Select(neuron => neuron.Description)), Range(truth.Neurons.Select(neuron => neuron.Random)),
        Range(truth.Texts.Where(text => text.Rank == 0).Select(text => text.Similarity)),
        Range(truth.Texts.Select(text => text.Similarity)),
        Range(truth.Neurons.Select(neuron => neuron.Direction)), Range(truth.Effective, "0.0"),
    ];

    private static string Range(IEnumerable<double> values, string format = "0.00") => Quantiles.Describe(values) is { } own
        ? $"{own.Median.ToString(format, null)} [{own.Tenth.ToString(format, null)}, {own.Ninetieth.ToString(format, null)}]" : "-";
}
