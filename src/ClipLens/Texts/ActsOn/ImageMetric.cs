using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Texts.ActsOn;

/// <summary>
/// The joint space measured by how the images of a dataset vary: S = L L^T, the covariance of their representations with a little added to
/// the diagonal. In this metric two texts are alike if they say alike of the images, and a text's length is how much what it says varies.
/// </summary>
internal sealed class ImageMetric : IDisposable
{
    /// <summary>
    /// Added to the diagonal, as a share of its mean: directions in which the images hardly vary, and in which a thousand of them tell
    /// little, count for less. Chosen on a part of the images that nothing was fitted on; with fewer images than dimensions it is needed.
    /// </summary>
    public const double Ridge = 1;

    private readonly Tensor root;

    /// <summary>The metric of some images.</summary>
    /// <exception cref="ClipLensException">The images do not vary.</exception>
    public ImageMetric(BehaviourMoments images)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        double size = images.Covariance.trace().item<double>();
        if (!(size > 0)) throw new ClipLensException("All images of the run have the same representation, so no text can tell on which "
            + "of them a neuron acts; give different images.");
        var metric = images.Covariance + eye(images.Width, dtype: ScalarType.Float64) * (Ridge * size / images.Width);
        root = linalg.cholesky(metric).DetachFromDisposeScope();
    }

    /// <summary>Texts as atoms of unit length in the metric, k_t = L^T c / ||L^T c||, with c the text less the pool's mean.</summary>
    /// <param name="texts">The pool, its mean taken off, by any scale: [M, d].</param>
    /// <returns>The atoms; the caller owns them.</returns>
    public TextDictionary Atoms(TextDictionary texts)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var atoms = texts.Atoms.to(ScalarType.Float64).matmul(root);
        var lengths = linalg.vector_norm(atoms, 2, [1], keepdim: true);
        return TextDictionary.FromAtoms(atoms.div_(lengths.masked_fill(lengths <= lengths.max() * 1e-9, double.PositiveInfinity)));
    }

    /// <summary>What a neuron acts on as a vector of the metric, B_n = L^-1 g_n with g_n its standardised norm's covariance with the
    /// representations: float64 [N, d].</summary>
    public Tensor Behaviour(BehaviourMoments images)
    {
        using var scope = NewDisposeScope();
        return Whiten((images.Joint / images.NormVariance.sqrt().unsqueeze(1)).nan_to_num(0, 0, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>Vectors of the joint space as vectors of the metric, L^-1 g: float64 [N, d].</summary>
    public Tensor Whiten(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        return linalg.solve_triangular(root, vectors.t(), upper: false).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Sums of atoms as directions of the joint space, whose inner product with an image's representation less the mean is the sum
    /// of what the texts say: L^-T u.</summary>
    /// <param name="sums">Sums of atoms: float64 [N, d].</param>
    public Tensor Directions(Tensor sums)
    {
        using var scope = NewDisposeScope();
        return linalg.solve_triangular(root.t(), sums.t(), upper: true).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => root.Dispose();
}
