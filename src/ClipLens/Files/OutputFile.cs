namespace ClipLens.Files;

/// <summary>Where files are written to.</summary>
public static class OutputFile
{
    /// <summary>
    /// Makes sure, before any work, that a file can be written there; makes the folder that it goes into. A file is written whole and put
    /// in the place of what is there, so it must replace nothing but a file: a device would be gone for the whole system, and who waits at
    /// a pipe would wait for ever.
    /// </summary>
    /// <param name="path">The file, which may be new.</param>
    /// <exception cref="ClipLensException">The path leads to a folder, a pipe, a device or a socket, or there can be no such
    /// folder.</exception>
    public static string Prepare(string path)
    {
        if (Directory.Exists(path)) throw new ClipLensException($"The output {path} is a folder; give a file name in it.");
        if (FileKind.Special(path) is { } kind)
            throw new ClipLensException($"The output {path} is {kind}; give the name of a file, which may be new.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException(
                $"The output {path} cannot be written, because there can be no folder {folder} ({error.Message.TrimEnd('.')}).", error);
        }
        return path;
    }
}
