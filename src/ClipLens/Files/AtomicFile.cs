namespace ClipLens.Files;

/// <summary>Writes a file so that it is either whole or not there.</summary>
internal static class AtomicFile
{
    /// <summary>Writes under another name, flushes to the disk and renames.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string partial = FileErrors.PartialPath(path);
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw FileErrors.CannotWrite(path, error);
        }
    }
}
