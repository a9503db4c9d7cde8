using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>The atoms, one a text of a pool, of which <see cref="MatchingPursuit"/> composes a direction.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A dictionary of atoms, the term of sparse coding.")]
public sealed class TextDictionary : IDisposable
{
    private TextDictionary(Tensor atoms, DictionaryScaling scaling)
    {
        Atoms = atoms;
        Scaling = scaling;
        using var norms = linalg.vector_norm(atoms, 2, [1]);
        LargestNorm = norms.max().item<float>();
    }

    /// <summary>The atoms: float32 [M, d] on the CPU, in the order of the pool. Owned by the dictionary.</summary>
    public Tensor Atoms { get; }

    /// <summary>How they were made.</summary>
    public DictionaryScaling Scaling { get; }

    /// <summary>Number M of atoms.</summary>
    public int Count => (int)Atoms.shape[0];

    /// <summary>Width d of the joint space.</summary>
    public int Width => (int)Atoms.shape[1];

    internal float LargestNorm { get; }

    /// <summary>Makes a dictionary of a pool's embeddings.</summary>
    /// <param name="embeddings">[M, d], of any length: each is brought to unit length first.</param>
    /// <param name="scaling">What becomes of them then.</param>
    /// <exception cref="ClipLensException">There are fewer than two texts, or an embedding is not finite.</exception>
    public static TextDictionary Create(Tensor embeddings, DictionaryScaling scaling)
    {
        if (embeddings.dim() != 2) throw new ArgumentException("The embeddings must be [texts, width].", nameof(embeddings));
        if (embeddings.shape[0] < 2)
            throw new ClipLensException("A text pool of one text leaves no direction once its mean is subtracted; give more texts.");
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        if (!embeddings.isfinite().all().item<bool>())
            throw new ClipLensException("The text embeddings are not all finite numbers; the checkpoint's text tower is damaged.");
        // Double precision, in place: the sums over 30,000 texts and the differences from their mean lose no digits.
        var atoms = embeddings.cpu().to(ScalarType.Float64, copy: true);
        DivideByNorm(atoms, 1);
        atoms.sub_(atoms.mean([0], keepdim: true));
        DivideByNorm(atoms, scaling == DictionaryScaling.Unit ? 1 : 0);
        if (scaling == DictionaryScaling.Feature) atoms.mul_(100);
        return new TextDictionary(atoms.to(ScalarType.Float32).contiguous().DetachFromDisposeScope(), scaling);
    }

    /// <summary>A dictionary of texts in another metric than that of the joint space.</summary>
    /// <param name="atoms">[M, d], of unit length.</param>
    internal static TextDictionary FromAtoms(Tensor atoms) =>
        new(atoms.cpu().to(ScalarType.Float32).contiguous().DetachFromDisposeScope(), DictionaryScaling.Unit);

    /// <inheritdoc/>
    public void Dispose() => Atoms.Dispose();

    /// <summary>Unit length along a dimension; what has (next to) no length, whose direction would be rounding, becomes zero.</summary>
    private static void DivideByNorm(Tensor matrix, long along)
    {
        var norms = linalg.vector_norm(matrix, 2, [along], keepdim: true);
        matrix.div_(norms.masked_fill(norms <= norms.max() * 1e-9, double.PositiveInfinity));
    }
}
