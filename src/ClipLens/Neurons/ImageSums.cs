using ClipLens.Compute;
using ClipLens.Files;
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
    private readonly double[] sums = new double[Parts * width];
    private readonly double[] squares = new double[Parts * width * width];

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
        Vectors.AddScaled(sums.AsSpan(part * width, width), 1, representation);
        for (int i = 0; i < width; i++)
            Vectors.AddScaled(squares.AsSpan((part * width + i) * width, width), representation[i], representation);
    }

    /// <summary>Takes in what others have summed up.</summary>
    public void Add(ImageSums others)
    {
        for (int part = 0; part < Parts; part++) counts[part] += others.counts[part];
        Vectors.AddScaled(sums, 1, others.sums);
        Vectors.AddScaled(squares, 1, others.squares);
    }

    public IEnumerable<SafeTensorData> Save() =>
        [SafeTensorData.From("image_counts", counts), SafeTensorData.From("image_sums", sums),
        SafeTensorData.From("image_squares", squares)];

    public void Load(SafeTensorsFile file)
    {
        file.Read<long>("image_counts").CopyTo(counts, 0);
        file.Read<double>("image_sums").CopyTo(sums, 0);
        file.Read<double>("image_squares").CopyTo(squares, 0);
    }

    /// <summary>The mean representation of a part: float64 [d]; the caller owns it.</summary>
    public Tensor Mean(int part) => tensor(sums[(part * width)..((part + 1) * width)], [width]).div_(counts[part]);

    /// <summary>The covariance of a part's representations: float64 [d, d]; the caller owns it.</summary>
    public Tensor Covariance(int part)
    {
        using var scope = NewDisposeScope();
        var mean = Mean(part);
        return (tensor(squares[(part * width * width)..((part + 1) * width * width)], [width, width]) / counts[part] - mean.outer(mean))
            .MoveToOuterDisposeScope();
    }
}
