using System.Text;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// CLIP's byte-pair encoding works on printable stand-ins of the 256 bytes: a printable Latin-1 byte stands for itself, the
/// others are moved to U+0100 and up.
/// </summary>
public static class ByteSymbols
{
    /// <summary>What ends the last symbol of a word.</summary>
    public const string EndOfWord = "</w>";

    private static readonly char[] OfByte = Build();

    /// <summary>The 256 symbols in the order of CLIP's vocabulary: printable bytes first, then the moved ones.</summary>
    public static IEnumerable<string> InVocabularyOrder =>
        Enumerable.Range(0, 256).OrderBy(b => !IsPrintable(b)).Select(b => OfByte[b].ToString());

    /// <summary>The UTF-8 bytes of a text as symbols, one character each.</summary>
    public static string FromText(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(bytes.Length, bytes, static (symbols, source) =>
        {
            for (int i = 0; i < source.Length; i++) symbols[i] = OfByte[source[i]];
        });
    }

    private static char[] Build()
    {
        char[] symbols = new char[256];
        int moved = 0;
        for (int b = 0; b < 256; b++) symbols[b] = IsPrintable(b) ? (char)b : (char)(256 + moved++);
        return symbols;
    }

    private static bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
