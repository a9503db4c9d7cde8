using ClipLens.Models;

namespace ClipLens.Cli.Commands;

/// <summary>What the words of a command line stand for.</summary>
internal static class Inputs
{
    /// <summary>One word is a folder, a list or a picture; several are pictures.</summary>
    public static IReadOnlyList<ImageEntry> Images(string[] words) => words is [var only] ? ImageList.Find(only) : ImageList.Files(words);

    /// <summary>Makes sure, before any work, that a file can be written there; makes the folder that it goes into.</summary>
    public static string OutputFile(string path)
    {
        if (Directory.Exists(path)) throw new ClipLensException($"The output {path} is a folder; give a file name in it.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The output {path} cannot be written, because there can be no folder {folder} ({error.Message.TrimEnd('.')}).", error);
        }
        return path;
    }
}
