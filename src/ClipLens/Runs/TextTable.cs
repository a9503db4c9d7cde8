using ClipLens.Texts;

namespace ClipLens.Runs;

/// <summary>One of the texts that describe a neuron.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Rank">Its place by absolute coefficient, from 0.</param>
/// <param name="TextIndex">The text's place in its pool.</param>
/// <param name="Text">The text.</param>
/// <param name="Coefficient">Its coefficient on the atom of the dictionary; negative where the neuron speaks against the text.</param>
public sealed record NeuronText(int Neuron, int Rank, int TextIndex, string Text, float Coefficient);

/// <summary>The tables <c>texts-POOL-SIZE.parquet</c>.</summary>
internal static class TextTable
{
    public static void Write(string path, SparseCodes codes, IReadOnlyList<string> texts)
    {
        var rows = Enumerable.Range(0, codes.Neurons).SelectMany(neuron => codes.Ranked(neuron)
            .Select((text, rank) => (Neuron: neuron, Rank: rank, text.Text, text.Coefficient))).ToList();
        ParquetTable.Write(path,
            ParquetTable.Column.Of("neuron", [.. rows.Select(row => row.Neuron)]),
            ParquetTable.Column.Of("rank", [.. rows.Select(row => row.Rank)]),
            ParquetTable.Column.Of("text_index", [.. rows.Select(row => row.Text)]),
            ParquetTable.Column.Of("text", [.. rows.Select(row => texts[row.Text])]),
            ParquetTable.Column.Of("coefficient", [.. rows.Select(row => row.Coefficient)]));
    }

    /// <exception cref="ClipLensException">The table is missing or damaged.</exception>
    public static IReadOnlyList<NeuronText> Read(string path) => ParquetTable.Read(path, table =>
    {
        var (neurons, ranks, indices) = (table.Ints("neuron"), table.Ints("rank"), table.Ints("text_index"));
        var (texts, coefficients) = (table.Strings("text"), table.Floats("coefficient"));
        return neurons.Select((neuron, i) => new NeuronText(neuron, ranks[i], indices[i], texts[i] ?? "", coefficients[i])).ToList();
    });
}
