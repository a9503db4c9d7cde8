using System.Globalization;
using System.Text;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// Cuts a cleaned text into CLIP's words: special tokens, the English contractions, runs of letters, single digits, runs of
/// anything else but white space. CLIP's regular expression is
/// <c>'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>; .NET's engine sees halves of the characters beyond
/// U+FFFF, so the same rule is written out here over whole ones.
/// </summary>
internal static class WordSplitter
{
    private enum Kind { Space, Letter, Number, Other }

    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'ſ"];

    /// <summary>The words as (start, length), in order; a special token is always one word.</summary>
    public static IEnumerable<(int Start, int Length)> Split(string text, IReadOnlyCollection<string> specialTokens)
    {
        int at = 0;
        while (at < text.Length)
        {
            int length = PrefixLength(text, at, specialTokens);
            if (length == 0) length = PrefixLength(text, at, Contractions);
            if (length == 0)
            {
                var kind = KindAt(text, at, out length);
                if (kind is Kind.Letter or Kind.Other) length = RunLength(text, at, kind);
                if (kind == Kind.Space)
                {
                    at += length;
                    continue;
                }
            }
            yield return (at, length);
            at += length;
        }
    }

    private static int PrefixLength(string text, int at, IEnumerable<string> prefixes)
    {
        foreach (string prefix in prefixes)
        {
            if (string.CompareOrdinal(text, at, prefix, 0, prefix.Length) == 0) return prefix.Length;
        }
        return 0;
    }

    private static int RunLength(string text, int start, Kind kind)
    {
        int at = start;
        while (at < text.Length && KindAt(text, at, out int length) == kind) at += length;
        return at - start;
    }

    private static Kind KindAt(string text, int at, out int length)
    {
        // The halves of a broken pair decode to the replacement character, which is of the kind Other.
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out length);
        if (rune.IsBmp && TextCleaning.IsSpace((char)rune.Value)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
