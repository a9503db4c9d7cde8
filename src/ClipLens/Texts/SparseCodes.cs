using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>Directions written as sums of a few text atoms each.</summary>
public sealed record SparseCodes
{
    private const int NeuronsAtOnce = 256;

    private readonly int[] indices;
    private readonly float[] coefficients, residualNorms;

    /// <summary>Takes over the arrays without a copy.</summary>
    /// <param name="size">Number m of texts a direction may use.</param>
    /// <param name="indices">Texts in the order of selection: [N, m], row by row, the position in the pool; -1 where fewer were
    /// needed.</param>
    /// <param name="coefficients">Their coefficients on the atoms of the dictionary: [N, m]; 0 where the index is -1.</param>
    /// <param name="residualNorms">Length of what the sum leaves of the direction: [N].</param>
    public SparseCodes(int size, int[] indices, float[] coefficients, float[] residualNorms)
    {
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(coefficients);
        ArgumentNullException.ThrowIfNull(residualNorms);
        if (indices.Length != size * residualNorms.Length || coefficients.Length != indices.Length)
            throw new ArgumentException($"{residualNorms.Length} directions take {size} indices and coefficients each.", nameof(indices));
        (Size, this.indices, this.coefficients, this.residualNorms) = (size, indices, coefficients, residualNorms);
    }

    /// <summary>Number N of directions.</summary>
    public int Neurons => residualNorms.Length;

    /// <summary>Number m of texts a direction may use.</summary>
    public int Size { get; }

    /// <summary>Length of what the sum leaves of the direction: [N].</summary>
    public ReadOnlySpan<float> ResidualNorms => residualNorms;

    /// <summary>The texts of a direction in the order of selection: [m], the position in the pool; -1 where fewer were needed.</summary>
    /// <param name="neuron">Row of the direction.</param>
    public ReadOnlySpan<int> Indices(int neuron) => indices.AsSpan(neuron * Size, Size);

    /// <summary>The coefficients of <see cref="Indices"/> on the atoms of the dictionary: [m]; 0 where the index is -1.</summary>
    /// <param name="neuron">Row of the direction.</param>
    public ReadOnlySpan<float> Coefficients(int neuron) => coefficients.AsSpan(neuron * Size, Size);

    /// <summary>The texts of a direction, largest absolute coefficient first.</summary>
    /// <param name="neuron">Row of the direction.</param>
    public IReadOnlyList<(int Text, float Coefficient)> Ranked(int neuron) =>
        [.. Texts(neuron).OrderByDescending(text => MathF.Abs(text.Coefficient))];

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
            var texts = tensor(indices[(first * Size)..((first + count) * Size)], [count * Size]);
            var factors = tensor(coefficients[(first * Size)..((first + count) * Size)], [count, 1, Size]);
            // An unused place points at the first atom with the coefficient 0.
            var atoms = dictionary.Atoms.index_select(0, texts.clamp_min(0)).view(count, Size, dictionary.Width);
            sums.narrow(0, first, count).copy_(factors.bmm(atoms).squeeze(1));
        }
        return sums;
    }

    /// <summary>The texts of a direction in the order of selection.</summary>
    internal IEnumerable<(int Text, float Coefficient)> Texts(int neuron) =>
        Enumerable.Range(neuron * Size, Size).Where(i => indices[i] >= 0).Select(i => (Text: indices[i], Coefficient: coefficients[i]));
}
