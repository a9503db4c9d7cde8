using ClipLens.Files;

namespace ClipLens.Cues;

/// <summary>Words in a small text file, one a line.</summary>
public static class WordList
{
    /// <summary>The words of a file, empty lines left out.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="what">What it should hold, for the error: "words to drop, one a line".</param>
    /// <exception cref="ClipLensException">The file is not there, cannot be read, is empty or is not UTF-8.</exception>
    public static IReadOnlyList<string> Read(string path, string what) => [.. TextLines.Read(path, what).Select(line => line.Text)
        .Where(text => text.Length > 0)];
}
