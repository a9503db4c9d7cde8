using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>Directions written as sums of a few text atoms each.</summary>
/// <param name="Indices">Texts in the order of selection: [N, m], the position in the pool; -1 where fewer were needed.</param>
/// <param name="Coefficients">Their coefficients on the atoms of the dictionary: [N, m]; 0 where the index is -1.</param>
/// <param name="ResidualNorms">Length of what the sum leaves of the direction: [N].</param>
public sealed record SparseCodes(int[,] Indices, float[,] Coefficients, float[] ResidualNorms)
{
    private const int NeuronsAtOnce = 256;

    /// <summary>Number N of directions.</summary>
    public int Neurons => Indices.GetLength(0);

    /// <summary>Number m of texts a direction may use.</summary>
    public int Size => Indices.GetLength(1);

    /// <summary>The texts of a direction, largest absolute coefficient first.</summary>
    /// <param name="neuron">Row of the direction.</param>
    public IReadOnlyList<(int Text, float Coefficient)> Ranked(int neuron) =>
        [.. Enumerable.Range(0, Size).Where(i => Indices[neuron, i] >= 0)
            .Select(i => (Text: Indices[neuron, i], Coefficient: Coefficients[neuron, i]))
            .OrderByDescending(text => MathF.Abs(text.Coefficient))];

    /// <summary>The sums themselves; not of unit length.</summary>
    /// <param name="dictionary">The dictionary that the codes were made with.</param>
    /// <returns>float32 [N, d].</returns>
    public Tensor Reconstruct(TextDictionary dictionary)
    {
        var sums = empty(Neurons, dictionary.Width);
        using var withoutGradients = no_grad();
        for (int first = 0; first < Neurons; first += NeuronsAtOnce)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(NeuronsAtOnce, Neurons - first);
            var indices = tensor(Part(Indices, first, count), [count * Size]);
            var coefficients = tensor(Part(Coefficients, first, count), [count, 1, Size]);
            // An unused place points at the first atom with the coefficient 0.
            var atoms = dictionary.Atoms.index_select(0, indices.clamp_min(0)).view(count, Size, dictionary.Width);
            sums.narrow(0, first, count).copy_(coefficients.bmm(atoms).squeeze(1));
        }
        return sums;
    }

    private static T[] Part<T>(T[,] rows, int first, int count)
    {
        int width = rows.GetLength(1);
        T[] part = new T[count * width];
        for (int i = 0; i < part.Length; i++) part[i] = rows[first + i / width, i % width];
        return part;
    }
}
