namespace ClipLens.Models.Images;

/// <summary>An image that a run was made with must still be, byte for byte, the one that it was.</summary>
internal static class KnownImage
{
    /// <summary>Compares what was read with what the run knows.</summary>
    /// <param name="path">The image's file.</param>
    /// <param name="sha256">Its hash now; null or empty where the file cannot be read.</param>
    /// <param name="expected">Its hash then; empty where the file could not be read.</param>
    /// <exception cref="ClipLensException">It is not there any more, or is another one.</exception>
    public static void Check(string path, string? sha256, string expected)
    {
        if ((sha256 ?? "") == expected) return;
        if (!IsThere(path))
            throw new SettingException("RunImages", $"The image {path} of the run is not there any more; put it back, or give the folder "
                + "where the run's images are now (analyze, given them and the run as its output, makes the run remember it).");
        throw new ClipLensException($"The image {path} is not the one that the run was made with; put that one back, or make the run "
            + "again.");
    }

    /// <summary>Whether there is such a file, by itself or in a tar file.</summary>
    public static bool IsThere(string path) => File.Exists(path) || TarShards.Find(path) is not null;
}
