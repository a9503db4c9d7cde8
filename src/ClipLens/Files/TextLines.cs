using System.Text;

namespace ClipLens.Files;

/// <summary>Small text files that people write: UTF-8, a thing a line.</summary>
internal static class TextLines
{
    // A label of each of a million images takes a tenth of this.
    private const long Longest = 512L << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The lines of a file, trimmed, with their numbers from 1; empty lines at the end are dropped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, for the error: "class names, one a line".</param>
    /// <exception cref="ClipLensException">The file is not there, cannot be read, is empty or is not UTF-8.</exception>
    public static IReadOnlyList<(int Number, string Text)> Read(string path, string what)
    {
        FileKind.RefuseSpecial(path);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > Longest and var length }) throw new ClipLensException(
                $"{path} has {length} bytes, more than a text file of its kind may have; give a file with {what}.");
            var lines = File.ReadAllLines(path, StrictUtf8).Select((line, i) => (Number: i + 1, Text: line.Trim())).ToList();
            while (lines.Count > 0 && lines[^1].Text.Length == 0) lines.RemoveAt(lines.Count - 1);
            return lines.Count > 0 ? lines : throw new ClipLensException($"{path} is empty; write {what}.");
        }
        catch (DecoderFallbackException error)
        {
            throw new ClipLensException($"{path} is not text in UTF-8; write {what}.", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ClipLensException($"{path} is not there; give a file with {what}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"{path} cannot be read ({error.Message.TrimEnd('.')}); give a file with {what}.", error);
        }
    }
}
