using System.Globalization;
using System.IO.Compression;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// Letters without accents and other marks on them, as BERT's lower-casing vocabularies have them. The table is Unicode's
/// (<c>data/build-plain-letters.py</c>), because a program without the system's cultures has none; Hangul is left as it is.
/// </summary>
internal static class PlainLetters
{
    private static readonly Lazy<Dictionary<char, string>> Plain = new(Read);

    /// <summary>A text without them.</summary>
    public static string Apply(string text) => string.Concat(text
        .Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
        .Select(c => Plain.Value.TryGetValue(c, out string? plain) ? plain : c.ToString()));

    private static Dictionary<char, string> Read()
    {
        using var packed = typeof(PlainLetters).Assembly.GetManifestResourceStream("plain-letters.txt.gz")!;
        using var lines = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        var plain = new Dictionary<char, string>();
        while (lines.ReadLine() is { } line) plain[line[0]] = line[2..];
        return plain;
    }
}
