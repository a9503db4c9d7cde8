using ClipLens.Compute;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// One pass over the images of a dataset, batch by batch: several threads read and compute batches side by side, their results are taken
/// in the order of the images, so that sums come to the same bits with any number of threads.
/// </summary>
/// <example>
/// <code>
/// using var images = new ImageBatchReader(model.Preprocessor, ImageList.Find("photos"));
/// var lengths = new List&lt;float&gt;();
/// new DatasetPass(images, 16, "Lengths").Run(batch => model.Image.Encode(batch.Pixels).norm(1).data&lt;float&gt;().ToArray(),
///     (_, found) => lengths.AddRange(found ?? []));
/// </code>
/// </example>
public sealed class DatasetPass
{
    private readonly ImageBatchReader images;
    private readonly int batch;
    private readonly string stage;
    private readonly WorkOptions options;
    private int first, failed;
    private int? end;

    /// <summary>Prepares a pass.</summary>
    /// <param name="images">The images; the reader stays the caller's.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="stage">What is being done, in a few words, for the progress.</param>
    /// <param name="options">How it is run.</param>
    public DatasetPass(ImageBatchReader images, int batch, string stage, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (this.images, this.batch, this.stage, this.options) = (images, batch, stage, options ?? new());
    }

    /// <summary>Tells the progress where the pass begins, before its first batch is done, and skips what an interrupted pass has
    /// done.</summary>
    /// <param name="batches">Batches to skip.</param>
    /// <param name="unreadable">Images of them that could not be read.</param>
    public DatasetPass Begin(int batches = 0, int unreadable = 0)
    {
        (first, failed) = (batches, unreadable);
        Report(Math.Min(batches * batch, images.Count));
        return this;
    }

    /// <summary>Ends the pass before this batch.</summary>
    internal DatasetPass Until(int batches)
    {
        end = batches;
        return this;
    }

    /// <summary>Runs the pass; images that cannot be read are left out.</summary>
    /// <param name="work">Computes something of a batch with at least one image; called on several threads, in a dispose scope and
    /// inference mode.</param>
    /// <param name="commit">Takes a batch and what was computed of it, in order, one call at a time; null where none of its images could be
    /// read. Tensors that it keeps it detaches from the dispose scope.</param>
    /// <exception cref="OperationCanceledException">The work was stopped; what was committed stays.</exception>
    public void Run<T>(Func<ImageBatch, T> work, Action<ImageBatch, T?> commit) where T : class
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(commit);
        OrderedWork.Run(first, end ?? (images.Count + batch - 1) / batch, number =>
        {
            var read = images.Read(number * batch, Math.Min(batch, images.Count - number * batch));
            return (Read: read, Result: read.Indices.Count > 0 ? work(read) : null);
        }, (_, part) =>
        {
            commit(part.Read, part.Result);
            failed += part.Read.Outcomes.Count - part.Read.Indices.Count;
            Report(part.Read.Start + part.Read.Outcomes.Count);
        }, options.Workers, options.Cancellation);
    }

    /// <summary>Runs the pass over images all of which must be readable, because each has its row in the result.</summary>
    /// <param name="work">From pixels [B, 3, size, size] to a result; called on several threads, in a dispose scope and inference
    /// mode.</param>
    /// <param name="commit">Takes the results in order, one call at a time.</param>
    /// <exception cref="ClipLensException">An image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public void RunAll<T>(Func<Tensor, T> work, Action<T> commit) where T : class
    {
        Run(read => work(read.Pixels), (read, result) =>
        {
            if (read.Outcomes.FirstOrDefault(outcome => outcome.Error is not null) is { Error: { } error }) throw new ClipLensException(
                error);
            commit(result!);
        });
    }

    private void Report(int done) => options.Progress?.Report(new(stage, done, images.Count, failed));
}
