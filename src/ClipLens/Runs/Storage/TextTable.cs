using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Runs.Storage;

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
            ParquetTable.Column.Create("neuron", [.. rows.Select(row => row.Neuron)]),
            ParquetTable.Column.Create("rank", [.. rows.Select(row => row.Rank)]),
            ParquetTable.Column.Create("text_index", [.. rows.Select(row => row.Text)]),
            ParquetTable.Column.Create("text", [.. rows.Select(row => texts[row.Text])]),
            ParquetTable.Column.Create("coefficient", [.. rows.Select(row => row.Coefficient)]));
    }

    /// <summary>The codes of a table's rows; a place without a text has the index -1.</summary>
    public static SparseCodes Codes(IReadOnlyList<NeuronText> rows, int size, Tensor directions, TextDictionary dictionary)
    {
        int neurons = (int)directions.shape[0];
        int[] indices = new int[neurons * size];
        Array.Fill(indices, -1);
        float[] coefficients = new float[neurons * size], norms = new float[neurons];
        foreach (var row in rows)
            (indices[row.Neuron * size + row.Rank], coefficients[row.Neuron * size + row.Rank]) = (row.TextIndex, row.Coefficient);
        var codes = new SparseCodes(size, indices, coefficients, norms);
        using var scope = NewDisposeScope();
        linalg.vector_norm(directions - codes.Reconstruct(dictionary), 2, [1]).Floats().CopyTo(norms);
        return codes;
    }

    /// <param name="path">The table.</param>
    /// <param name="neurons">Neurons of the block.</param>
    /// <param name="size">Texts a neuron, at most.</param>
    /// <param name="pool">Texts of the pool.</param>
    /// <exception cref="ClipLensException">The table is missing, damaged or of other sizes.</exception>
    public static IReadOnlyList<NeuronText> Read(string path, int neurons, int size, int pool) => ParquetTable.Read(path, table =>
    {
        var (owners, ranks, indices, coefficients) = Columns(table, neurons, size, pool);
        string[] texts = table.Texts("text");
        return owners.Select((neuron, i) => new NeuronText(neuron, ranks[i], indices[i], texts[i], coefficients[i])).ToList();
    });

    /// <summary>The same without the texts' letters, in the order of the neurons and then of the ranks.</summary>
    /// <inheritdoc cref="Read"/>
    public static TextPlaces ReadPlaces(string path, int neurons, int size, int pool) => ParquetTable.Read(path, table =>
    {
        var (owners, ranks, indices, coefficients) = Columns(table, neurons, size, pool);
        int[] order = new int[owners.Length];
        long[] keys = new long[owners.Length];
        for (int i = 0; i < owners.Length; i++) (order[i], keys[i]) = (i, (long)owners[i] * size + ranks[i]);
        Array.Sort(keys, order);
        return new TextPlaces(neurons, Array.ConvertAll(order, i => (owners[i], indices[i], coefficients[i])));
    });

    private static (int[] Owners, int[] Ranks, int[] Indices, float[] Coefficients) Columns(ParquetTable.Reader table, int neurons, int size,
        int pool)
    {
        var (owners, ranks, indices) = (table.Indices("neuron", neurons), table.Indices("rank", size), table.Indices("text_index", pool));
        float[] coefficients = table.Floats("coefficient");
        if (!Array.TrueForAll(coefficients, float.IsFinite)) throw new InvalidDataException("A coefficient is no number");
        var taken = new HashSet<long>(owners.Length);
        for (int i = 0; i < owners.Length; i++)
            if (!taken.Add((long)owners[i] * size + ranks[i])) throw new InvalidDataException("A neuron has two texts of one rank");
        return (owners, ranks, indices, coefficients);
    }
}
