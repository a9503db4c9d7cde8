using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>What the representations of a dataset's images have in common.</summary>
public static class MeanRepresentation
{
    private const int Batch = 16;

    /// <summary>The mean of the representations, each of unit length.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images.</param>
    /// <param name="sample">Images at most, evenly spread over them.</param>
    /// <param name="applyOrientation">Whether images are turned upright as their EXIF data says.</param>
    /// <param name="options">How it is run.</param>
    /// <returns>[d].</returns>
    /// <exception cref="ClipLensException">No image can be read.</exception>
    public static IReadOnlyList<float> Measure(ClipModel model, IReadOnlyList<ImageEntry> images, int sample = 1000,
        bool applyOrientation = false, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ImageEntry[] chosen = [.. Enumerable.Range(0, Math.Min(sample, images.Count))
            .Select(i => images[(int)((long)i * images.Count / Math.Min(sample, images.Count))])];
        using var reader = new ImageBatchReader(model.Preprocessor, chosen, applyOrientation);
        var sum = new double[model.Config.EmbedDim];
        int count = 0;
        new DatasetPass(reader, Batch, "Mean representation", options).Run(Sum, (read, part) =>
        {
            if (part is null) return;
            for (int i = 0; i < sum.Length; i++) sum[i] += part[i];
            count += read.Indices.Count;
        });
        if (count == 0) throw new ClipLensException("None of the dataset's images could be read, so there is no mean representation; put "
            + "them back where the run found them.");
        return [.. sum.Select(own => (float)(own / count))];

        float[] Sum(ImageBatch read)
        {
            using var scope = NewDisposeScope();
            return nn.functional.normalize(model.Image.Encode(read.Pixels), 2, -1).sum([0]).Floats().ToArray();
        }
    }
}
