using System.Collections.Concurrent;
using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Models.Images;

/// <summary>
/// Reads stretches of a dataset: file, hash, decode, preprocess. It may be called on several threads at once; each call works on its own
/// thread, so a loop whose workers read their own batches decodes one batch while another is computed.
/// </summary>
public sealed class ImageBatchReader : IDisposable
{
    private readonly ImagePreprocessor preprocessor;
    private readonly IReadOnlyList<ImageEntry> entries;
    private readonly bool applyOrientation;
    private readonly ConcurrentBag<PictureReader> idle = [];

    /// <summary>Creates a reader of a dataset.</summary>
    /// <param name="preprocessor">What makes an image an input.</param>
    /// <param name="entries">The dataset.</param>
    /// <param name="applyOrientation">Whether images are turned upright as their EXIF data says; torchvision's loader does not.</param>
    public ImageBatchReader(ImagePreprocessor preprocessor, IReadOnlyList<ImageEntry> entries, bool applyOrientation = false) =>
        (this.preprocessor, this.entries, this.applyOrientation) = (preprocessor, entries, applyOrientation);

    /// <summary>Images of the dataset, readable or not.</summary>
    public int Count => entries.Count;

    /// <summary>A reader of the same images in another order: at each position the image of this index.</summary>
    internal ImageBatchReader Ordered(IReadOnlyList<int> indices) =>
        new(preprocessor, [.. indices.Select(index => entries[index])], applyOrientation);

    /// <summary>Reads <paramref name="count"/> images from <paramref name="start"/>. One that cannot be read is recorded and left
    /// out.</summary>
    public ImageBatch Read(int start, int count)
    {
        var reader = idle.TryTake(out var free) ? free : new PictureReader(preprocessor, applyOrientation);
        var pixels = empty(count, 3, preprocessor.Size, preprocessor.Size);
        var places = pixels.Floats();
        List<int> indices = [];
        List<ImageOutcome> outcomes = [];
        for (int i = start; i < start + count; i++)
        {
            var outcome = reader.Read(entries[i], places.Slice(indices.Count * preprocessor.InputLength, preprocessor.InputLength));
            outcomes.Add(outcome);
            if (outcome.Error is null) indices.Add(i);
        }
        idle.Add(reader);
        return new ImageBatch(start, indices, outcomes, indices.Count == count ? pixels : pixels.narrow(0, 0, indices.Count));
    }

    /// <summary>Frees the readers' buffers; no call may be under way.</summary>
    public void Dispose()
    {
        while (idle.TryTake(out var reader)) reader.Dispose();
    }
}
