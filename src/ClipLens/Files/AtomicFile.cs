namespace ClipLens.Files;

/// <summary>Writes a file so that no reader ever sees half of it: it is whole, or what was there before.</summary>
public static class AtomicFile
{
    /// <summary>Writes under another name, flushes to the disk and renames. Folders that are missing on the way are made.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="bytes">Its content.</param>
    /// <param name="waitForDisk">Whether it is on the disk when the call ends; without, a power failure may leave less.</param>
    /// <exception cref="ClipLensException">The file cannot be written there: the path is a folder, leads through a file, or may not be
    /// written to.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool waitForDisk = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string partial = FileErrors.PartialPath(path);
        try
        {
            OutputFile.Prepare(path);
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(bytes);
                stream.Flush(waitForDisk);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Discard(partial);
            throw FileErrors.CannotWrite(path, error);
        }
    }

    private static void Discard(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The reason why it could not be written is the one to tell.
        }
    }
}
