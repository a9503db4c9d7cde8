using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
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
    private readonly Func<IReadOnlyList<string>, Tensor>? tokenize;

    /// <summary>Creates a reader of a dataset.</summary>
    /// <param name="preprocessor">What makes an image an input.</param>
    /// <param name="entries">The dataset.</param>
    /// <param name="applyOrientation">Whether images are turned upright as their EXIF data says; torchvision's loader does not.</param>
    public ImageBatchReader(ImagePreprocessor preprocessor, IReadOnlyList<ImageEntry> entries, bool applyOrientation = false) =>
        (this.preprocessor, this.entries, this.applyOrientation) = (preprocessor, entries, applyOrientation);

    private ImageBatchReader(IReadOnlyList<ImageEntry> texts, Func<IReadOnlyList<string>, Tensor> tokenize) :
        this(null!, texts) => this.tokenize = tokenize;

    /// <summary>A reader of texts, which are the names of the entries: what it gives as pixels are token ids, int64 [B, context].</summary>
    internal static ImageBatchReader ForTexts(Func<IReadOnlyList<string>, Tensor> tokenize, IReadOnlyList<ImageEntry> texts) =>
        new(texts, tokenize);

    /// <summary>Images of the dataset, readable or not.</summary>
    public int Count => entries.Count;

    /// <summary>A reader of the same images in another order: at each position the image of this index.</summary>
    internal ImageBatchReader Ordered(IReadOnlyList<int> indices)
    {
        ImageEntry[] ordered = [.. indices.Select(index => entries[index])];
        return tokenize is null ? new(preprocessor, ordered, applyOrientation) : new(ordered, tokenize);
    }

    /// <summary>Reads <paramref name="count"/> images from <paramref name="start"/>. One that cannot be read is recorded and left
    /// out.</summary>
    public ImageBatch Read(int start, int count)
    {
        if (tokenize is not null) return ReadTexts(tokenize, start, count);
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

    private ImageBatch ReadTexts(Func<IReadOnlyList<string>, Tensor> encode, int start, int count)
    {
        string[] texts = [.. entries.Skip(start).Take(count).Select(entry => entry.Name)];
        return new(start, [.. Enumerable.Range(start, count)], [.. texts.Select(text =>
            new ImageOutcome(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), null))], encode(texts));
    }

    /// <summary>Frees the readers' buffers; no call may be under way.</summary>
    public void Dispose()
    {
        while (idle.TryTake(out var reader)) reader.Dispose();
    }
}
