using System.Security.Cryptography;
using ClipLens.Compute;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;

namespace ClipLens.Runs.Work;

/// <summary>Finds out whether image files still have the bytes that a run was made with.</summary>
internal static class ImageCheck
{
    private const int Chunk = 64;

    /// <summary>Makes sure that the images that an interrupted pass has seen are as they were.</summary>
    /// <param name="folder">Where the images' stamps are kept.</param>
    /// <param name="run">The run, for the error.</param>
    /// <param name="inputs">The dataset.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="progress">Images checked.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">A file has changed; the sentence names the first.</exception>
    public static void Resume(string folder, string run, AnalysisInputs inputs, EffectPass pass, IProgress<WorkProgress>? progress,
        CancellationToken cancellation) =>
        Verify(folder, run, inputs, [.. Enumerable.Range(0, pass.Outcomes.Count).Select(pass.IndexOf)],
            [.. pass.Outcomes.Select(own => own.Sha256)], progress, cancellation);

    /// <summary>Hashes images whose files have another length or time than when they were read, or all where that is not known.</summary>
    /// <param name="folder">Where the images' stamps are kept.</param>
    /// <param name="run">The run, for the error.</param>
    /// <param name="inputs">The dataset.</param>
    /// <param name="images">Indices of the images that were read.</param>
    /// <param name="hashes">What was found then; empty or null where a file could not be read.</param>
    /// <param name="progress">Images checked.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">A file has changed; the sentence names the first.</exception>
    public static void Verify(string folder, string run, AnalysisInputs inputs, IReadOnlyList<int> images, IReadOnlyList<string?> hashes,
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        // Texts are their own names, which were compared already.
        if (inputs.Settings.Tower == TowerKind.Text) return;
        long[] now = ImageStamps.Take(inputs.Images);
        long[]? before = ImageStamps.Read(RunFiles.Stamps(folder), inputs.Images.Count);
        int[] doubtful = [.. Enumerable.Range(0, images.Count).Where(i => before is null || now[2 * images[i]] == 0
            || (before[2 * images[i]], before[2 * images[i] + 1]) != (now[2 * images[i]], now[2 * images[i] + 1]))];
        Hash(run, [.. doubtful.Select(i => inputs.Images[images[i]])], [.. doubtful.Select(i => hashes[i])], inputs.Settings.Workers,
            progress, cancellation);
        if (before is null || !before.AsSpan().SequenceEqual(now)) ImageStamps.Write(RunFiles.Stamps(folder), now);
    }

    private static void Hash(string run, IReadOnlyList<ImageEntry> entries, IReadOnlyList<string?> hashes, int? workers,
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
            int length = entry.Read(ref buffer);
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
