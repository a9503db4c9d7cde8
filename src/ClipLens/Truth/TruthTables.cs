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
    /// <exception cref="ClipLensException">The table is missing or damaged.</exception>
    public static IReadOnlyList<(NeuronTruth Truth, double Concepts)> ReadNeurons(string path) => ParquetTable.Read(path, table =>
    {
        var (neurons, counts, concepts) = (table.Ints("neuron"), table.Ints("significant_images"), table.Floats("concepts"));
        var (directions, own, random) = (table.Floats("auroc_direction"), table.Floats("auroc"), table.Floats("auroc_random"));
        return neurons.Select((neuron, i) => (new NeuronTruth(neuron, counts[i], directions[i], own[i], random[i]), (double)concepts[i]))
            .ToList();
    });

    /// <summary>Reads the scores of single texts.</summary>
    /// <exception cref="ClipLensException">The table is missing or damaged.</exception>
    public static IReadOnlyList<TextTruth> ReadTexts(string path) => ParquetTable.Read(path, table =>
    {
        var (neurons, ranks, texts) = (table.Ints("neuron"), table.Ints("rank"), table.Ints("text_index"));
        var (own, random) = (table.Floats("auroc"), table.Floats("auroc_random"));
        return neurons.Select((neuron, i) => new TextTruth(neuron, ranks[i], texts[i], own[i], random[i])).ToList();
    });

    /// <summary>Reads the neurons' concepts.</summary>
    /// <exception cref="ClipLensException">The table is missing or damaged.</exception>
    public static IReadOnlyList<NeuronConcept> ReadConcepts(string path) => ParquetTable.Read(path, table =>
    {
        var (neurons, ranks, counts, shares) = (table.Ints("neuron"), table.Ints("rank"), table.Ints("count"), table.Floats("share"));
        var (names, texts) = (table.Strings("name"), table.Strings("texts"));
        return neurons.Select((neuron, i) => new NeuronConcept(neuron, ranks[i], names[i] ?? "", texts[i] ?? "", counts[i], shares[i]))
            .ToList();
    });
}
