using System.Runtime.InteropServices;
using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Sums over a dataset that say how a block's neurons go with the images' representations: of y, y squared and y e, with y the norm of a
/// neuron's centred effect on an image and e the image's unit representation. A set of sums for each third of the images, in float64.
/// </summary>
internal sealed class BehaviourSums : IDisposable
{
    private readonly int neurons, width;
    private readonly TravellingSum sums;

    /// <summary>Sums of nothing yet.</summary>
    /// <param name="neurons">Number N of neurons.</param>
    /// <param name="width">Width d of the joint space.</param>
    public BehaviourSums(int neurons, int width)
    {
        (this.neurons, this.width) = (neurons, width);
        sums = new(ImageSums.Parts, neurons, width + 2);
    }

    /// <summary>The sums: [3, N, d + 2].</summary>
    public Tensor Sums => sums.AtHome;

    /// <summary>Takes in a neuron's norms, one image after the other; different neurons may be added on different threads.</summary>
    /// <param name="neuron">The neuron.</param>
    /// <param name="norms">Norms of its centred effects on some images.</param>
    /// <param name="images">Indices of the images.</param>
    /// <param name="representations">Their unit representations: [images, d].</param>
    public void Add(int neuron, ReadOnlySpan<float> norms, IReadOnlyList<int> images, double[] representations)
    {
        var all = MemoryMarshal.Cast<byte, double>(Sums.bytes);
        for (int i = 0; i < norms.Length; i++)
        {
            var row = all.Slice((ImageSums.PartOf(images[i]) * neurons + neuron) * (width + 2), width + 2);
            double norm = norms[i];
            (row[0], row[1]) = (row[0] + norm, row[1] + norm * norm);
            Vectors.AddScaled(row[2..], norm, representations.AsSpan(i * width, width));
        }
    }

    /// <summary>Takes in all neurons' norms, all three inputs on one device; what is on a <see cref="Grid"/> adds up to the same bits in any
    /// order.</summary>
    /// <param name="norms">float64 [N, images].</param>
    /// <param name="squareRounder">What rounds their squares, which would have twice as many bits, to a grid of their own.</param>
    /// <param name="images">Indices of the images.</param>
    /// <param name="representations">Their unit representations: float64 [images, d].</param>
    public void Add(Tensor norms, Tensor squareRounder, IReadOnlyList<int> images, Tensor representations)
    {
        for (int part = 0; part < ImageSums.Parts; part++)
        {
            using var scope = NewDisposeScope();
            long[] own = [.. Enumerable.Range(0, images.Count).Where(i => ImageSums.PartOf(images[i]) == part).Select(i => (long)i)];
            if (own.Length == 0) continue;
            var index = TensorMoves.Indices(own, norms.device);
            Tensor y = norms.index_select(1, index), e = representations.index_select(0, index), to = sums.With(norms)[part];
            to.select(1, 0).add_(y.sum(1));
            to.select(1, 1).add_(Grid.Round(y.square(), squareRounder).sum(1));
            to.narrow(1, 2, width).addmm_(y, e, 1, 1);
        }
    }

    /// <summary>The moments of a part, in float64; the caller owns them.</summary>
    /// <param name="part">The part.</param>
    /// <param name="images">The images' own sums.</param>
    /// <returns>Mean [N] and variance [N] of the norms and their covariance with the representations [N, d].</returns>
    public (Tensor Mean, Tensor Variance, Tensor Covariance) Moments(int part, ImageSums images)
    {
        using var scope = NewDisposeScope();
        var means = Sums[part] / images.Count(part);
        var (mean, square) = (means.select(1, 0), means.select(1, 1));
        var covariance = means.narrow(1, 2, width) - mean.unsqueeze(1) * images.Mean(part);
        return (mean.clone().MoveToOuterDisposeScope(), (square - mean.square()).clamp_min(0).MoveToOuterDisposeScope(),
            covariance.MoveToOuterDisposeScope());
    }

    public void Dispose() => sums.Dispose();
}
