using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// How the neurons of a block go with the images' representations, over a dataset or a part of it. With e the unit representation of an
/// image and y the norm of a neuron's centred effect on it; everything in float64. It owns the tensors.
/// </summary>
/// <param name="Count">Images.</param>
/// <param name="Mean">Mean representation: [d].</param>
/// <param name="Covariance">Covariance of the representations: [d, d].</param>
/// <param name="NormMean">Mean norm of every neuron: [N].</param>
/// <param name="NormVariance">Variance of its norm: [N].</param>
/// <param name="Joint">Covariance of its norm with the representations: [N, d].</param>
internal sealed record BehaviourMoments(long Count, Tensor Mean, Tensor Covariance, Tensor NormMean, Tensor NormVariance, Tensor Joint)
    : IDisposable
{
    /// <summary>Number N of neurons.</summary>
    public int Neurons => (int)Joint.shape[0];

    /// <summary>Width d of the joint space.</summary>
    public int Width => (int)Joint.shape[1];

    /// <summary>The moments of a part of the images.</summary>
    public static BehaviourMoments FromSums(int part, ImageSums images, BehaviourSums behaviour)
    {
        var (mean, variance, covariance) = behaviour.Moments(part, images);
        return new(images.Count(part), images.Mean(part), images.Covariance(part), mean, variance, covariance);
    }

    /// <summary>The moments of all parts, in their order.</summary>
    public static IReadOnlyList<BehaviourMoments> ByPart(ImageSums images, BehaviourSums behaviour) =>
        [.. Enumerable.Range(0, ImageSums.Parts).Select(part => FromSums(part, images, behaviour))];

    /// <summary>The moments of parts together.</summary>
    public static BehaviourMoments Pool(IEnumerable<BehaviourMoments> parts)
    {
        BehaviourMoments? whole = null;
        foreach (var part in parts)
        {
            using var before = whole;
            whole = Pool(before ?? part with { Count = 0 }, part);
        }
        return whole!;
    }

    private static BehaviourMoments Pool(BehaviourMoments a, BehaviourMoments b)
    {
        using var scope = NewDisposeScope();
        double own = (double)a.Count / (a.Count + b.Count), other = 1 - own;
        var between = a.Mean - b.Mean;
        var normBetween = a.NormMean - b.NormMean;
        // What lies between the parts' means is variance of the whole.
        return new(a.Count + b.Count, Weighted(a.Mean, b.Mean), Weighted(a.Covariance, b.Covariance, between.outer(between)),
            Weighted(a.NormMean, b.NormMean), Weighted(a.NormVariance, b.NormVariance, normBetween.square()),
            Weighted(a.Joint, b.Joint, normBetween.outer(between)));

        Tensor Weighted(Tensor left, Tensor right, Tensor? apart = null)
        {
            var mean = left * own + right * other;
            return (apart is null ? mean : mean + apart * (own * other)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Correlation of the neurons' norms with what directions of the joint space say of the images; 0 for a direction or neuron
    /// that does not vary.</summary>
    /// <param name="directions">float64 [N, d].</param>
    public double[] Correlations(Tensor directions)
    {
        using var scope = NewDisposeScope();
        var variances = (directions.matmul(Covariance) * directions).sum(1) * NormVariance;
        var correlations = (directions * Joint).sum(1) / variances.clamp_min(0).sqrt();
        return correlations.nan_to_num(0, 0, 0).contiguous().data<double>().ToArray();
    }

    /// <summary>What a ridge regression of the norms on the representations finds: the direction that tells best, float64 [N, d], up to its
    /// length.</summary>
    /// <param name="ridge">Added to the covariance's diagonal, as a share of its mean.</param>
    public Tensor LinearReadout(double ridge)
    {
        using var scope = NewDisposeScope();
        var metric = Covariance + eye(Width, dtype: ScalarType.Float64) * (Covariance.trace() * (ridge / Width));
        return linalg.solve(metric, Joint.t()).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { Mean, Covariance, NormMean, NormVariance, Joint }) tensor.Dispose();
    }
}
