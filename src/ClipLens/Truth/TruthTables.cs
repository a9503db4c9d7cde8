using ClipLens.Files;

namespace ClipLens.Truth;

/// <summary>A concept of a neuron: texts that say nearly the same.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Rank">Its rank by share, from 0.</param>
/// <param name="Name">The text with the largest share; with a leading minus sign where the neuron speaks against it.</param>
/// <param name="Texts">All its texts, the largest share first, between them ", ".</param>
/// <param name="Count">How many texts these are.</param>
/// <param name="Share">Share of the neuron's description.</param>
public sealed record NeuronConcept(int Neuron, int Rank, string Name, string Texts, int Count, float Share);

/// <summary>
/// How true the descriptions of a block's neurons are, beside the texts in a run: <c>truth-POOL-SIZE.parquet</c> by neuron,
/// <c>truth-texts-POOL-SIZE.parquet</c> by text and <c>concepts-POOL-SIZE.parquet</c>.
/// </summary>
internal static class TruthTables
{
    /// <summary>Writes the scores of whole descriptions, with the number of concepts of each neuron.</summary>
    public static void WriteNeurons(string path, IReadOnlyList<NeuronTruth> truths, IReadOnlyList<double> concepts) =>
        ParquetTable.Write(path,
        ParquetTable.Column.Create("neuron", [.. truths.Select(truth => truth.Neuron)]),
        ParquetTable.Column.Create("significant_images", [.. truths.Select(truth => truth.Significant)]),
        ParquetTable.Column.Create("auroc_direction", [.. truths.Select(truth => (float)truth.Direction)]),
        ParquetTable.Column.Create("auroc", [.. truths.Select(truth => (float)truth.Description)]),
        ParquetTable.Column.Create("auroc_random", [.. truths.Select(truth => (float)truth.Random)]),
        ParquetTable.Column.Create("concepts", [.. concepts.Select(count => (float)count)]));

    /// <summary>Writes the scores of single texts.</summary>
    public static void WriteTexts(string path, IReadOnlyList<TextTruth> truths, IReadOnlyList<string> pool) => ParquetTable.Write(path,
        ParquetTable.Column.Create("neuron", [.. truths.Select(truth => truth.Neuron)]),
        ParquetTable.Column.Create("rank", [.. truths.Select(truth => truth.Rank)]),
        ParquetTable.Column.Create("text_index", [.. truths.Select(truth => truth.Text)]),
        ParquetTable.Column.Create("text", [.. truths.Select(truth => pool[truth.Text])]),
        ParquetTable.Column.Create("auroc", [.. truths.Select(truth => (float)truth.Similarity)]),
        ParquetTable.Column.Create("auroc_random", [.. truths.Select(truth => (float)truth.Random)]));

    /// <summary>Writes the neurons' concepts.</summary>
    public static void WriteConcepts(string path, IReadOnlyList<NeuronConcept> concepts) => ParquetTable.Write(path,
        ParquetTable.Column.Create("neuron", [.. concepts.Select(concept => concept.Neuron)]),
        ParquetTable.Column.Create("rank", [.. concepts.Select(concept => concept.Rank)]),
        ParquetTable.Column.Create("name", [.. concepts.Select(concept => concept.Name)]),
        ParquetTable.Column.Create("texts", [.. concepts.Select(concept => concept.Texts)]),
        ParquetTable.Column.Create("count", [.. concepts.Select(concept => concept.Count)]),
        ParquetTable.Column.Create("share", [.. concepts.Select(concept => concept.Share)]));

    /// <summary>Reads the scores of whole descriptions and the number of concepts of each neuron.</summary>
    /// <param name="path">The table.</param>
    /// <param name="count">Neurons of the layer.</param>
    /// <exception cref="ClipLensException">The table is missing, damaged or of another layer's size.</exception>
    public static IReadOnlyList<(NeuronTruth Truth, double Concepts)> ReadNeurons(string path, int count) =>
        ParquetTable.Read(path, table => Neurons(table, count));

    /// <summary>Reads the scores of single texts.</summary>
    /// <param name="path">The table.</param>
    /// <param name="count">Neurons of the layer.</param>
    /// <param name="size">Texts a neuron, at most.</param>
    /// <param name="pool">Texts of the pool.</param>
    /// <exception cref="ClipLensException">The table is missing, damaged or of other sizes.</exception>
    public static IReadOnlyList<TextTruth> ReadTexts(string path, int count, int size, int pool) => ParquetTable.Read(path, table =>
    {
        var (neurons, ranks) = Ranked(table, count, size);
        int[] texts = table.Indices("text_index", pool);
        var (own, random) = (Areas(table, "auroc"), Areas(table, "auroc_random"));
        return neurons.Select((neuron, i) => new TextTruth(neuron, ranks[i], texts[i], own[i], random[i])).ToList();
    });

    /// <summary>Reads the neurons' concepts.</summary>
    /// <param name="path">The table.</param>
    /// <param name="count">Neurons of the layer.</param>
    /// <param name="size">Texts a neuron, at most, and so concepts.</param>
    /// <exception cref="ClipLensException">The table is missing, damaged or of other sizes.</exception>
    public static IReadOnlyList<NeuronConcept> ReadConcepts(string path, int count, int size) => ParquetTable.Read(path, table =>
    {
        var (neurons, ranks) = Ranked(table, count, size);
        var (counts, shares) = (table.Indices("count", size + 1), table.Floats("share"));
        if (!shares.All(float.IsFinite)) throw new InvalidDataException("A share is no number");
        var (names, texts) = (table.Texts("name"), table.Texts("texts"));
        return neurons.Select((neuron, i) => new NeuronConcept(neuron, ranks[i], names[i], texts[i], counts[i], shares[i])).ToList();
    });

    private static List<(NeuronTruth, double)> Neurons(ParquetTable.Reader table, int count)
    {
        int[] neurons = table.Indices("neuron", count), significant = table.Indices("significant_images", int.MaxValue);
        if (!neurons.AsSpan().SequenceEqual(Enumerable.Range(0, count).ToArray()))
            throw new InvalidDataException($"Its rows are not those of the neurons 0 to {count - 1}");
        var (directions, own, random) = (Areas(table, "auroc_direction"), Areas(table, "auroc"), Areas(table, "auroc_random"));
        float[] concepts = table.Floats("concepts");
        if (concepts.Any(float.IsInfinity)) throw new InvalidDataException("A number of concepts is infinite");
        return neurons.Select(i => (new NeuronTruth(i, significant[i], directions[i], own[i], random[i]), (double)concepts[i])).ToList();
    }

    private static (int[] Neurons, int[] Ranks) Ranked(ParquetTable.Reader table, int count, int size)
    {
        var (neurons, ranks) = (table.Indices("neuron", count), table.Indices("rank", size));
        return neurons.Zip(ranks).Distinct().Count() == neurons.Length ? (neurons, ranks)
            : throw new InvalidDataException("A neuron has two rows of one rank");
    }

    /// <summary>Areas under the curve; NaN where there was nothing to tell apart.</summary>
    private static float[] Areas(ParquetTable.Reader table, string name)
    {
        float[] areas = table.Floats(name);
        return areas.All(area => area is >= 0 and <= 1 || float.IsNaN(area)) ? areas
            : throw new InvalidDataException($"Its column '{name}' has a value that is not from 0 to 1");
    }
}
