using System.Runtime.CompilerServices;
using ClipLens.Neurons;

namespace ClipLens.Explorer.Meaning;

/// <summary>What a block's neurons act on as vectors: the sums of their texts by weight. The sums are made and let go; what is kept of
/// them is how long they are and how they go with what the neurons write.</summary>
/// <param name="Lengths">Lengths of the sums; 0 for a neuron that no text describes.</param>
/// <param name="Agreement">Cosines of the sums and the neurons' directions; NaN for such a neuron.</param>
internal sealed record ActingWords(float[] Lengths, float[] Agreement)
{
    /// <summary>Works them out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ActingWords Read(CentredTexts pool, ClipLens.Runs.Storage.TextPlaces texts, LayerNeurons neurons)
    {
        var (lengths, agreement) = (new float[neurons.Count], new float[neurons.Count]);
        float[] sum = new float[pool.Width];
        for (int neuron = 0; neuron < neurons.Count; neuron++)
        {
            lengths[neuron] = pool.Sum(texts.TextsOf(neuron), texts.CoefficientsOf(neuron), sum);
            agreement[neuron] = lengths[neuron] > 0 ? Rows.Dot(sum, neurons.DirectionOf(neuron)) / lengths[neuron] : float.NaN;
        }
        return new(lengths, agreement);
    }
}
