using ClipLens.Compute;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>Embeds texts so that texts of like meaning have a large cosine.</summary>
/// <param name="texts">The texts, n of them.</param>
/// <returns>Embeddings of any length, float32 [n, width]; the caller owns them.</returns>
public delegate Tensor SentenceEncoder(IReadOnlyList<string> texts);

/// <summary>Sentence encoders.</summary>
public static class SentenceEncoders
{
    /// <summary>
    /// A model's own text tower. In its space all texts lie close together, so what a pool's texts have in common is taken off.
    /// </summary>
    /// <param name="model">The model; it must outlive the encoder.</param>
    /// <param name="pool">Embeddings of a pool of texts, of any length: [M, d].</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    public static SentenceEncoder OfTextTower(ClipModel model, Tensor pool, int? workers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pool);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        float[] mean = nn.functional.normalize(pool, 2, -1).mean([0]).Floats().ToArray();
        return texts =>
        {
            using var inner = NewDisposeScope();
            using var mode = no_grad();
            return (nn.functional.normalize(model.EmbedTexts(texts, workers: workers), 2, -1) - tensor(mean)).MoveToOuterDisposeScope();
        };
    }
}
