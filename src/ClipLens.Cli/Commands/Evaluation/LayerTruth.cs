using ClipLens.Runs;
using ClipLens.Statistics;
using ClipLens.Truth;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>How true the descriptions of a block's neurons are, and how many concepts they have.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Size">Texts a neuron.</param>
/// <param name="Neurons">Scores of whole descriptions.</param>
/// <param name="Texts">Scores of single texts.</param>
/// <param name="Concepts">The concepts of all neurons.</param>
/// <param name="Effective">Effective number of concepts, by neuron.</param>
internal sealed record LayerTruth(int Layer, int Size, IReadOnlyList<NeuronTruth> Neurons, IReadOnlyList<TextTruth> Texts, IReadOnlyList<NeuronConcept> Concepts,
    IReadOnlyList<double> Effective)
{
    /// <summary>Titles of the columns that <see cref="Cells"/> fills.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Description", "Another's", "First text", "Single texts", "Direction itself", "Concepts"];

    /// <summary>What the columns mean, for under a table.</summary>
    public const string Legend = "Another's: the description of another neuron of the layer. Concepts: effective number of groups of texts that say nearly the same.";

    /// <summary>Writes the tables into the run.</summary>
    public void Write(RunDirectory run, string pool)
    {
        TruthTables.WriteNeurons(RunFiles.Truth(run.Path, Layer, pool, Size), Neurons, Effective);
        TruthTables.WriteTexts(RunFiles.TruthOfTexts(run.Path, Layer, pool, Size), Texts, run.PoolTexts(pool));
        TruthTables.WriteConcepts(RunFiles.Concepts(run.Path, Layer, pool, Size), Concepts);
    }

    /// <summary>Reads the tables that <c>ablate</c> wrote into a run; null where there are none.</summary>
    public static LayerTruth? Read(RunDirectory run, int layer, string pool, int size)
    {
        string path = RunFiles.Truth(run.Path, layer, pool, size);
        if (!File.Exists(path)) return null;
        var neurons = TruthTables.ReadNeurons(path);
        return new(layer, size, [.. neurons.Select(row => row.Truth)], TruthTables.ReadTexts(RunFiles.TruthOfTexts(run.Path, layer, pool, size)),
            TruthTables.ReadConcepts(RunFiles.Concepts(run.Path, layer, pool, size)), [.. neurons.Select(row => row.Concepts)]);
    }

    /// <summary>The distributions over neurons: median and, in brackets, the 10 % and 90 % quantiles.</summary>
    public IReadOnlyList<string> Cells() =>
    [
        Range(Neurons.Select(neuron => neuron.Description)), Range(Neurons.Select(neuron => neuron.Random)),
        Range(Texts.Where(text => text.Rank == 0).Select(text => text.Similarity)), Range(Texts.Select(text => text.Similarity)),
        Range(Neurons.Select(neuron => neuron.Direction)), Range(Effective, "0.0"),
    ];

    private static string Range(IEnumerable<double> values, string format = "0.00") => Quantiles.Describe(values) is { } own
        ? $"{own.Median.ToString(format, null)} [{own.Tenth.ToString(format, null)}, {own.Ninetieth.ToString(format, null)}]" : "-";
}
