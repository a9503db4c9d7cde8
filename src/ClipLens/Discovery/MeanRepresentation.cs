using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>What the representations of a dataset's pictures have in common.</summary>
public static class MeanRepresentation
{
    /// <summary>The mean of the representations, each of unit length.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The pictures.</param>
    /// <param name="sample">Pictures at most, evenly spread over them.</param>
    /// <param name="applyOrientation">Whether pictures are turned upright as their EXIF data says.</param>
    /// <param name="progress">Pictures done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>[d].</returns>
    /// <exception cref="ClipLensException">No picture can be read.</exception>
    public static IReadOnlyList<float> Measure(ClipModel model, IReadOnlyList<ImageEntry> images, int sample = 1000, bool applyOrientation = false,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        const int batch = 16;
        ImageEntry[] chosen = [.. Enumerable.Range(0, Math.Min(sample, images.Count)).Select(i => images[(int)((long)i * images.Count / Math.Min(sample, images.Count))])];
        using var reader = new ImageBatchReader(model.Preprocessor, chosen, applyOrientation);
        var sum = new double[model.Config.EmbedDim];
        int count = 0;
        OrderedWork.Run(0, (chosen.Length + batch - 1) / batch, Work, (number, part) =>
        {
            for (int i = 0; i < sum.Length; i++) sum[i] += part.Sum[i];
            count += part.Count;
            progress?.Report(new("Mean representation", Math.Min((number + 1) * batch, chosen.Length), chosen.Length));
        }, null, cancellation);
        if (count == 0) throw new ClipLensException("None of the dataset's images could be read, so there is no mean representation; put them back where the run found them.");
        return [.. sum.Select(own => (float)(own / count))];

        (float[] Sum, int Count) Work(int number)
        {
            var read = reader.Read(number * batch, Math.Min(batch, chosen.Length - number * batch));
            if (read.Indices.Count == 0) return (new float[model.Config.EmbedDim], 0);
            using var scope = NewDisposeScope();
            return (nn.functional.normalize(model.Image.Encode(read.Pixels), 2, -1).sum([0]).Floats().ToArray(), read.Indices.Count);
        }
    }
}
