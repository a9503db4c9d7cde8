using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>Images with what a model makes of them, from which cues are read for any pair of classes. It owns the tensor.</summary>
/// <param name="Images">The images that could be read, n of them.</param>
/// <param name="Representations">Their unit representations: float32 [n, d].</param>
/// <param name="ApplyOrientation">Whether they were turned upright as their EXIF data says.</param>
public sealed record SeenImages(IReadOnlyList<ImageEntry> Images, Tensor Representations, bool ApplyOrientation) : IDisposable
{
    private const int Batch = 16;

    /// <summary>Passes images through a model; those that cannot be read are left out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images.</param>
    /// <param name="applyOrientation">Whether they are turned upright as their EXIF data says.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">None of the images can be read.</exception>
    public static SeenImages Encode(ClipModel model, IReadOnlyList<ImageEntry> images, bool applyOrientation = false,
        WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        using var reader = new ImageBatchReader(model.Preprocessor, images, applyOrientation);
        var (read, rows, width) = (new List<ImageEntry>(), new List<float>(), model.Config.EmbedDim);
        new DatasetPass(reader, Batch, "Images for cues", options).Run(
            batch => nn.functional.normalize(model.Image.Encode(batch.Pixels), 2, -1).contiguous().data<float>().ToArray(),
            (batch, found) =>
            {
                read.AddRange(batch.Indices.Select(index => images[index]));
                rows.AddRange(found ?? []);
            });
        if (read.Count == 0) throw new ClipLensException($"None of the {images.Count} images can be read, from which cues are taken; put "
            + "them back where they were, or take cues from another source.");
        return new(read, tensor(rows.ToArray(), [read.Count, width]).DetachFromDisposeScope(), applyOrientation);
    }

    /// <inheritdoc/>
    public void Dispose() => Representations.Dispose();
}
