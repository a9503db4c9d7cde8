using System.Security.Cryptography;
using ClipLens.Compute;
using ClipLens.Models.Images;

namespace ClipLens.Runs;

/// <summary>Finds out whether image files still have the bytes that a run was made with.</summary>
internal static class ImageCheck
{
    private const int Chunk = 64;

    /// <summary>Hashes the files of <paramref name="hashes"/>, an image each from the first.</summary>
    /// <param name="run">The run, for the error.</param>
    /// <param name="entries">The dataset.</param>
    /// <param name="hashes">What was found before; empty or null where the file could not be read.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="progress">Images checked.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">A file has changed; the sentence names the first.</exception>
    public static void Verify(string run, IReadOnlyList<ImageEntry> entries, IReadOnlyList<string?> hashes, int? workers,
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        for (int start = 0; start < hashes.Count; start += Chunk * Environment.ProcessorCount)
        {
            int end = Math.Min(hashes.Count, start + Chunk * Environment.ProcessorCount), first = int.MaxValue;
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = workers ?? Environment.ProcessorCount,
                CancellationToken = cancellation
            };
            Parallel.For(start, end, options, () => Array.Empty<byte>(), (index, _, buffer) =>
            {
                if (Hash(entries[index], ref buffer) != (hashes[index] ?? "")) InterlockedMin(ref first, index);
                return buffer;
            }, _ => { });
            if (first < int.MaxValue) throw RunChanges.Changed(run, $"the image {entries[first].Name} has changed since");
            progress?.Report(new("Checking images", end, hashes.Count));
        }
    }

    private static string Hash(ImageEntry entry, ref byte[] buffer)
    {
        try
        {
            int length = ImageDecoder.ReadFile(entry.Path, entry.Name, ref buffer);
            return Convert.ToHexStringLower(SHA256.HashData(buffer.AsSpan(0, length)));
        }
        catch (ClipLensException)
        {
            return "";
        }
    }

    private static void InterlockedMin(ref int least, int value)
    {
        for (int seen = least; value < seen; seen = least)
            if (Interlocked.CompareExchange(ref least, value, seen) == seen) return;
    }
}
