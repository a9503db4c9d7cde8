namespace ClipLens.Models;

/// <summary>A picture that could not be read.</summary>
/// <param name="Index">Its position in the dataset.</param>
/// <param name="Sha256">SHA-256 of its file, in lower-case hexadecimal; null where the file itself could not be read.</param>
/// <param name="Error">Why, in one sentence that names it.</param>
public sealed record ImageFailure(int Index, string? Sha256, string Error);

/// <summary>
/// The pictures of one stretch of a dataset, ready for the image tower. Dispose it when its pixels are no longer needed: they serve the next batch.
/// </summary>
public sealed class ImageBatch : IDisposable
{
    private readonly Action<float[]> giveBack;
    private float[]? pixels;

    internal ImageBatch(int start, float[] pixels, int[] indices, string[] sha256, ImageFailure[] failures, Action<float[]> giveBack)
    {
        (Start, Indices, Sha256, Failures) = (start, indices, sha256, failures);
        (this.pixels, this.giveBack) = (pixels, giveBack);
    }

    /// <summary>Position in the dataset where the stretch begins.</summary>
    public int Start { get; }

    /// <summary>How many of its pictures could be read.</summary>
    public int Count => Indices.Count;

    /// <summary>Positions in the dataset of the pictures that could be read, ascending.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>SHA-256 of the file of each picture that could be read, in lower-case hexadecimal.</summary>
    public IReadOnlyList<string> Sha256 { get; }

    /// <summary>The pictures that could not be read, ascending.</summary>
    public IReadOnlyList<ImageFailure> Failures { get; }

    /// <summary>
    /// The inputs of the pictures that could be read, one after the other: Count x 3 x size x size numbers at the beginning of an array that is pinned
    /// in memory and may be longer.
    /// </summary>
    public float[] Pixels => pixels ?? throw new ObjectDisposedException(nameof(ImageBatch));

    /// <summary>Gives the pixels back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref pixels, null) is { } mine) giveBack(mine);
    }
}
