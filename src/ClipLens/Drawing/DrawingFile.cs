using ClipLens.Files;

namespace ClipLens.Drawing;

/// <summary>Writes a drawing under a temporary name and renames it, so that no reader ever sees half a file.</summary>
internal static class DrawingFile
{
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new ClipLensException($"{path} is a folder; give the name of a file to write.");
        string partial = FileErrors.PartialPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The reason why it could not be written is the one to tell.
        }
    }
}
