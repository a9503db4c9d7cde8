using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>Images with what a model makes of them, from which cues are read for any pair of classes. It owns the tensor.</summary>
/// <param name="Images">The images that could be read, n of them.</param>
/// <param name="Representations">Their unit representations: float32 [n, d].</param>
/// <param name="ApplyOrientation">Whether they were turned upright as their EXIF data says.</param>
public sealed record SeenImages(IReadOnlyList<ImageEntry> Images, Tensor Representations, bool ApplyOrientation) : IDisposable
{
    private const int Batch = 16;
    private (string Key, Tensor Texts)? listed;

    /// <summary>SHA-256 of each image's file.</summary>
    internal IReadOnlyList<string> Hashes { get; private init; } = [];

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
        var (read, hashes, rows, width) = (new List<ImageEntry>(), new List<string>(), new List<float>(), model.Config.EmbedDim);
        new DatasetPass(reader, Batch, "Images for cues", options).Run(
            batch => nn.functional.normalize(model.Image.Encode(batch.Pixels), 2, -1).contiguous().data<float>().ToArray(),
            (batch, found) =>
            {
                read.AddRange(batch.Indices.Select(index => images[index]));
                hashes.AddRange(batch.Outcomes.Where(outcome => outcome.Error is null).Select(outcome => outcome.Sha256!));
                rows.AddRange(found ?? []);
            });
        if (read.Count == 0) throw new ClipLensException($"None of the {images.Count} images can be read, from which cues are taken; put "
            + "them back where they were, or take cues from another source.");
        return new(read, tensor(rows.ToArray(), [read.Count, width]).DetachFromDisposeScope(), applyOrientation) { Hashes = hashes };
    }

    /// <summary>Whether these are exactly some photographs, all of which could be read.</summary>
    internal bool Are(IReadOnlyList<ImageEntry> photographs, bool applyOrientation) => ApplyOrientation == applyOrientation
        && Hashes.Count == photographs.Count && Images.Select(image => Path.GetFullPath(image.Path))
            .SequenceEqual(photographs.Select(photograph => Path.GetFullPath(photograph.Path)));

    /// <summary>The class that each image is taken for among two and all others of a list; the list's texts are embedded once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pair">Names of the two classes, which come first: 0 and 1.</param>
    /// <param name="texts">Their texts: [2, d].</param>
    /// <param name="classes">The list; the two are left out of it.</param>
    /// <param name="templates">Sentences around a class name.</param>
    /// <param name="workers">Threads.</param>
    internal long[] TakenFor(ClipModel model, (string True, string Fooled) pair, Tensor texts, IReadOnlyList<string> classes,
        IReadOnlyList<string>? templates, int? workers)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        string key = string.Join('\n', [.. classes, "", .. templates ?? []]);
        if (listed?.Key != key)
        {
            listed?.Texts.Dispose();
            listed = (key, ClassDirections.Embed(model, classes, templates, workers).DetachFromDisposeScope());
        }
        long[] others = [.. Enumerable.Range(0, classes.Count).Where(i => WordForms.Stem(classes[i]) != WordForms.Stem(pair.Fooled)
            && WordForms.Stem(classes[i]) != WordForms.Stem(pair.True)).Select(i => (long)i)];
        var all = others.Length > 0 ? cat([texts, listed.Value.Texts.index_select(0, tensor(others))], 0) : texts;
        return Representations.matmul(all.t()).argmax(1).data<long>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Representations.Dispose();
        listed?.Texts.Dispose();
        listed = null;
    }
}
