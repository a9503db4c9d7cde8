using System.Runtime.InteropServices;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Storage;

/// <summary>Lengths and times of image files, by which those that are as they were need not be read to be sure of it.</summary>
internal static class ImageStamps
{
    /// <summary>Takes the stamps of images: two numbers of each, zeros where there is no file.</summary>
    public static long[] Take(IReadOnlyList<ImageEntry> images)
    {
        var stamps = new long[2 * images.Count];
        Parallel.For(0, images.Count, i =>
        {
            var (length, time) = images[i].Stamp();
            (stamps[2 * i], stamps[2 * i + 1]) = (length, time);
        });
        return stamps;
    }

    public static void Write(string path, long[] stamps) => AtomicFile.Write(path, MemoryMarshal.AsBytes(stamps.AsSpan()));

    /// <summary>The stamps that were written; none where they are not of so many images.</summary>
    public static long[]? Read(string path, int images)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != 16L * images) return null;
        return MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(path)).ToArray();
    }
}
