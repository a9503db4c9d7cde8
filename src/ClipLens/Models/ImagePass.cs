using ClipLens.Compute;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>How the pictures of a pass are read and computed.</summary>
public sealed record ImagePassSettings
{
    /// <summary>Pictures in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Whether pictures are turned upright as their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; }
}

/// <summary>A pass over pictures each of which must be readable, because each has its row in the result.</summary>
internal static class ImagePass
{
    /// <summary>Computes something of every picture, batch by batch.</summary>
    /// <param name="model">The model that the pictures are prepared for.</param>
    /// <param name="images">The pictures.</param>
    /// <param name="settings">How they are read and computed.</param>
    /// <param name="work">From pixels [B, 3, size, size] to a result; called on several threads.</param>
    /// <param name="commit">Takes the batches' results in order, one call at a time.</param>
    /// <param name="progress">Pictures done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">A picture cannot be read.</exception>
    public static void Run<T>(ClipModel model, IReadOnlyList<ImageEntry> images, ImagePassSettings settings, Func<Tensor, T> work,
        Action<T> commit, IProgress<int>? progress, CancellationToken cancellation)
    {
        using var reader = new ImageBatchReader(model.Preprocessor, images, settings.ApplyOrientation);
        int Count(int batch) => Math.Min(settings.Batch, images.Count - batch * settings.Batch);
        progress?.Report(0);
        OrderedWork.Run(0, (images.Count + settings.Batch - 1) / settings.Batch,
            batch => work(AllOf(reader.Read(batch * settings.Batch, Count(batch)))),
            (batch, result) =>
            {
                commit(result);
                progress?.Report(batch * settings.Batch + Count(batch));
            }, settings.Workers, cancellation);
    }

    private static Tensor AllOf(ImageBatch batch)
    {
        if (batch.Outcomes.FirstOrDefault(outcome => outcome.Error is not null) is { Error: { } error }) throw new ClipLensException(error);
        return batch.Pixels;
    }
}
