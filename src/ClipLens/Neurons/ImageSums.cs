using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Sums over a dataset's unit representations e: their number, sum and sum of squares e e^T, in float64 and in the order of the images; a
/// set for each third of the images, so that what is fitted on two of them can be checked on the other.
/// </summary>
/// <param name="width">Width d of the joint space.</param>
internal sealed class ImageSums(int width)
{
    /// <summary>Parts of a dataset.</summary>
    public const int Parts = 3;

    private readonly long[] counts = new long[Parts];
    private readonly double[][] sums = [.. Enumerable.Range(0, Parts).Select(_ => new double[width])];
    private readonly double[][] squares = [.. Enumerable.Range(0, Parts).Select(_ => new double[width * width])];

    /// <summary>The part that an image belongs to, by its index in the dataset, so that shards agree.</summary>
    public static int PartOf(int image) => image % Parts;

    /// <summary>Images of a part.</summary>
    public long Count(int part) => counts[part];

    /// <summary>Takes in an image.</summary>
    /// <param name="image">Its index.</param>
    /// <param name="representation">Its unit representation: [d].</param>
    public void Add(int image, ReadOnlySpan<double> representation)
    {
        int part = PartOf(image);
        counts[part]++;
        Vectors.AddScaled(sums[part], 1, representation);
        for (int i = 0; i < width; i++) Vectors.AddScaled(squares[part].AsSpan(i * width, width), representation[i], representation);
    }

    /// <summary>The mean representation of a part: float64 [d]; the caller owns it.</summary>
    public Tensor Mean(int part) => tensor(sums[part], [width]).div_(counts[part]);

    /// <summary>The covariance of a part's representations: float64 [d, d]; the caller owns it.</summary>
    public Tensor Covariance(int part)
    {
        using var scope = NewDisposeScope();
        var mean = Mean(part);
        return (tensor(squares[part], [width, width]) / counts[part] - mean.outer(mean)).MoveToOuterDisposeScope();
    }
}
