using ClipLens.Compute;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>The neurons of a block and the texts that make up their directions.</summary>
/// <param name="Neurons">The neurons.</param>
/// <param name="Codes">Their texts, by place in the pool.</param>
public sealed record DescribedLayer(LayerNeurons Neurons, SparseCodes Codes);

/// <summary>Neurons of some blocks with their texts, and the pool that these come from. It owns the tensors.</summary>
/// <param name="Layers">The blocks, ascending.</param>
/// <param name="Pool">The pool's texts, M of them.</param>
/// <param name="Embeddings">The embeddings of the pool's texts, of any length: float32 [M, d].</param>
/// <param name="Dictionary">The dictionary of the codes.</param>
public sealed record DescribedNeurons(IReadOnlyList<DescribedLayer> Layers, IReadOnlyList<string> Pool, Tensor Embeddings,
    TextDictionary Dictionary) : IDisposable
{
    /// <summary>All neurons: block by block.</summary>
    public IEnumerable<NeuronId> Ids =>
        Layers.SelectMany(layer => Enumerable.Range(0, layer.Neurons.Count).Select(n => new NeuronId(layer.Neurons.Layer, n)));

    /// <inheritdoc/>
    public void Dispose()
    {
        Embeddings.Dispose();
        Dictionary.Dispose();
    }

    /// <summary>The inner product of every neuron's direction with a vector [d], in the order of <see cref="Ids"/>.</summary>
    internal float[] Along(Tensor vector)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return [.. Layers.SelectMany(layer => layer.Neurons.DirectionTensor().mv(vector).Floats().ToArray())];
    }

    /// <summary>The texts of a neuron with their coefficients, in no particular order.</summary>
    internal IEnumerable<(int Text, float Coefficient)> TextsOf(NeuronId neuron) =>
        Layers.First(layer => layer.Neurons.Layer == neuron.Layer).Codes.Texts(neuron.Index);
}
