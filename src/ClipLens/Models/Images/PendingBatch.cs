namespace ClipLens.Models;

/// <summary>A batch in the making: a place for each of its pictures, filled in any order.</summary>
internal sealed class PendingBatch(int start, int length, float[] pixels)
{
    private readonly string?[] hashes = new string?[length], errors = new string?[length];

    public int Start { get; } = start;

    /// <summary>Where the next batch starts.</summary>
    public int End { get; } = start + length;

    /// <summary>Pictures that are not yet in their place.</summary>
    public int Missing { get; set; } = length;

    public Span<float> Place(int index, int inputLength) => pixels.AsSpan((index - Start) * inputLength, inputLength);

    public void Record(int index, string? sha256, string? error) => (hashes[index - Start], errors[index - Start]) = (sha256, error);

    /// <summary>The finished batch: the places of pictures that could not be read are closed up.</summary>
    public ImageBatch Close(int inputLength, Action<float[]> giveBack)
    {
        List<int> read = [];
        List<ImageFailure> failures = [];
        for (int i = 0; i < hashes.Length; i++)
        {
            if (errors[i] is { } error)
            {
                failures.Add(new ImageFailure(Start + i, hashes[i], error));
                continue;
            }
            if (read.Count < i) pixels.AsSpan(i * inputLength, inputLength).CopyTo(pixels.AsSpan(read.Count * inputLength));
            read.Add(i);
        }
        return new ImageBatch(Start, pixels, [.. read.Select(i => Start + i)], [.. read.Select(i => hashes[i]!)], [.. failures], giveBack);
    }
}
