namespace ClipLens.Files;

/// <summary>Where files are written to.</summary>
internal static class OutputFile
{
    /// <summary>
    /// Makes sure that a file that is written whole and put in the place of what is there replaces nothing but a file: a device would be gone for the
    /// whole system, and who waits at a pipe would wait for ever.
    /// </summary>
    /// <exception cref="ClipLensException">The path leads to a folder, a pipe, a device or a socket.</exception>
    public static void Check(string path)
    {
        if (Directory.Exists(path)) throw new ClipLensException($"The output {path} is a folder; give a file name in it.");
        if (FileKind.Special(path) is { } kind) throw new ClipLensException($"The output {path} is {kind}; give the name of a file, which may be new.");
    }
}
