using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Sums over a dataset that say how a block's neurons go with the images' representations: of y, y squared and y e, with y the norm of a
/// neuron's centred effect on an image and e the image's unit representation. A set of sums for each third of the images; a neuron's sums
/// are taken in the order of the images, in float64.
/// </summary>
/// <param name="neurons">Number N of neurons.</param>
/// <param name="width">Width d of the joint space.</param>
internal sealed class BehaviourSums(int neurons, int width)
{
    private readonly double[] sums = new double[(long)ImageSums.Parts * neurons * (width + 2)];

    /// <summary>Takes in a neuron's norms; different neurons may be added on different threads.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="norms">Norms of its centred effects on some images.</param>
    /// <param name="images">Indices of the images.</param>
    /// <param name="representations">Their unit representations: [images, d].</param>
    public void Add(int neuron, ReadOnlySpan<float> norms, IReadOnlyList<int> images, double[] representations)
    {
        for (int i = 0; i < norms.Length; i++)
        {
            var row = Row(ImageSums.PartOf(images[i]), neuron);
            double norm = norms[i];
            (row[0], row[1]) = (row[0] + norm, row[1] + norm * norm);
            Vectors.AddScaled(row[2..], norm, representations.AsSpan(i * width, width));
        }
    }

    /// <summary>The moments of a part, in float64; the caller owns them.</summary>
    /// <param name="part">The part.</param>
    /// <param name="images">The images' own sums.</param>
    /// <returns>Mean [N] and variance [N] of the norms and their covariance with the representations [N, d].</returns>
    public (Tensor Mean, Tensor Variance, Tensor Covariance) Moments(int part, ImageSums images)
    {
        using var scope = NewDisposeScope();
        long length = (long)neurons * (width + 2);
        var means = tensor(sums.AsSpan((int)(part * length), (int)length).ToArray(), [neurons, width + 2]) / images.Count(part);
        var (mean, square) = (means.select(1, 0), means.select(1, 1));
        var covariance = means.narrow(1, 2, width) - mean.unsqueeze(1) * images.Mean(part);
        return (mean.clone().MoveToOuterDisposeScope(), (square - mean.square()).clamp_min(0).MoveToOuterDisposeScope(),
            covariance.MoveToOuterDisposeScope());
    }

    private Span<double> Row(int part, int neuron) => sums.AsSpan(checked((part * neurons + neuron) * (width + 2)), width + 2);
}
