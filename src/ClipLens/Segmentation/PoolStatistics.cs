using static TorchSharp.torch;

namespace ClipLens.Segmentation;

/// <summary>
/// A pool of texts as the measure of what an image may show: a class is taken to be there where it fits the image clearly better than
/// texts of the pool do.
/// </summary>
internal sealed class PoolStatistics : IDisposable
{
    private readonly Tensor embeddings;

    /// <param name="embeddings">Embeddings of the pool's texts, of any length: [M, d].</param>
    public PoolStatistics(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        this.embeddings = nn.functional.normalize(embeddings, 2, -1).DetachFromDisposeScope();
        Mean = this.embeddings.mean([0]).DetachFromDisposeScope();
    }

    /// <summary>What all texts have in common: [d].</summary>
    public Tensor Mean { get; }

    /// <summary>
    /// How many standard deviations of the pool's cosines with an image a class's cosine lies above their mean.
    /// </summary>
    /// <param name="representation">The image's representation, of any length: [d].</param>
    /// <param name="texts">Unit embeddings of the classes: [C, d].</param>
    /// <returns>[C].</returns>
    public float[] Presence(Tensor representation, Tensor texts)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var unit = nn.functional.normalize(representation, 2, 0);
        var pool = embeddings.mv(unit);
        return [.. ((texts.mv(unit) - pool.mean()) / pool.std()).data<float>()];
    }

    public void Dispose()
    {
        embeddings.Dispose();
        Mean.Dispose();
    }
}
