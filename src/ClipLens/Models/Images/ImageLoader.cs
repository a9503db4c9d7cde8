namespace ClipLens.Models;

/// <summary>
/// Reads, decodes and preprocesses pictures on threads of its own, ahead of the computation that takes them, a bounded number of batches in advance.
/// </summary>
public sealed class ImageLoader
{
    /// <summary>Creates a loader.</summary>
    /// <param name="preprocessor">What makes a picture an input.</param>
    /// <param name="threads">Decoding threads; 0 for a quarter of the processors, at least one: a picture decodes much faster than it is computed.</param>
    /// <param name="ahead">Batches made in advance, at least 1. Memory: that many batches and those not yet disposed of.</param>
    public ImageLoader(ImagePreprocessor preprocessor, int threads = 0, int ahead = 2)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        Preprocessor = preprocessor;
        Threads = threads > 0 ? threads : Math.Max(1, Environment.ProcessorCount / 4);
        Ahead = ahead;
    }

    /// <summary>What makes a picture an input.</summary>
    public ImagePreprocessor Preprocessor { get; }

    /// <summary>Decoding threads.</summary>
    public int Threads { get; }

    /// <summary>Batches made in advance.</summary>
    public int Ahead { get; }

    /// <summary>
    /// The dataset in batches, in order. Batch i holds the pictures i * batch to (i + 1) * batch - 1, whatever of them can be read, so that batches are
    /// the same in every run. A picture that cannot be read is listed with its error and the rest goes on.
    /// </summary>
    /// <param name="entries">The pictures.</param>
    /// <param name="batch">Pictures of a batch.</param>
    /// <param name="start">Where to begin, to resume: a multiple of <paramref name="batch"/>.</param>
    /// <param name="cancel">Stops reading; the enumeration ends with <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<ImageBatch> Read(IReadOnlyList<ImageEntry> entries, int batch, int start = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        if (start % batch != 0) throw new ArgumentException($"The start {start} is not a multiple of the batch of {batch}.", nameof(start));
        return Enumerate(entries, batch, start, cancel);
    }

    private IEnumerable<ImageBatch> Enumerate(IReadOnlyList<ImageEntry> entries, int batch, int start, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (start >= entries.Count) yield break;
        using var queue = new ReadAhead(this, entries, batch, start);
        using CancellationTokenRegistration wake = cancel.Register(queue.Stop);
        while (queue.Take(cancel) is { } next) yield return next;
    }
}
