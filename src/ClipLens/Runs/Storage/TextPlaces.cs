namespace ClipLens.Runs.Storage;

/// <summary>
/// The texts of a block's neurons as places in their pool: what <see cref="NeuronText"/> says one by one, for all neurons at once and in a
/// tenth of the memory.
/// </summary>
public sealed class TextPlaces
{
    private readonly int[] starts, texts;
    private readonly float[] coefficients;

    /// <param name="neurons">Neurons of the block.</param>
    /// <param name="rows">Their texts, in the order of the neurons and then of the ranks.</param>
    internal TextPlaces(int neurons, IReadOnlyList<(int Neuron, int Text, float Coefficient)> rows)
    {
        (starts, texts, coefficients) = (new int[neurons + 1], new int[rows.Count], new float[rows.Count]);
        for (int i = 0; i < rows.Count; i++)
        {
            (int neuron, texts[i], coefficients[i]) = rows[i];
            starts[neuron + 1] = i + 1;
        }
        // A neuron without texts ends where the one before it does.
        for (int neuron = 1; neuron <= neurons; neuron++) starts[neuron] = Math.Max(starts[neuron], starts[neuron - 1]);
    }

    /// <summary>No texts for a block's neurons.</summary>
    /// <param name="neurons">Neurons of the block.</param>
    public static TextPlaces None(int neurons) => new(neurons, []);

    /// <summary>A neuron's texts, by rank: places in the pool.</summary>
    public ReadOnlySpan<int> TextsOf(int neuron) => texts.AsSpan(starts[neuron]..starts[neuron + 1]);

    /// <summary>Their coefficients, as in <see cref="NeuronText.Coefficient"/>.</summary>
    public ReadOnlySpan<float> CoefficientsOf(int neuron) => coefficients.AsSpan(starts[neuron]..starts[neuron + 1]);
}
