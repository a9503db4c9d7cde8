using System.Globalization;
using System.Text;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// Lower-casing as Python's <c>str.lower</c> does it. .NET maps one character to one: it leaves 'İ' alone and knows no final
/// sigma. Unicode's full mapping has just these two cases beyond the simple ones.
/// </summary>
internal static class LowerCase
{
    /// <summary>The text in lower case.</summary>
    public static string Apply(string text)
    {
        var lowered = new StringBuilder(text.Length + 8);
        int at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == 'İ') lowered.Append("i\u0307");
            else if (rune.Value == 'Σ') lowered.Append(IsFinalSigma(text, at) ? 'ς' : 'σ');
            else lowered.Append(Rune.ToLowerInvariant(rune).ToString());
            at += rune.Utf16SequenceLength;
        }
        return lowered.ToString();
    }

    /// <summary>A letter before it and none after it, case-ignorable characters skipped.</summary>
    private static bool IsFinalSigma(string text, int at)
    {
        int before = at - 1;
        while (before >= 0 && IsIgnorable(text, ref before, -1)) { }
        if (before < 0 || !IsCased(RuneEndingAt(text, before))) return false;
        int after = at + 1;
        while (after < text.Length && IsIgnorable(text, ref after, 1)) { }
        return after >= text.Length || !IsCased(RuneStartingAt(text, after));
    }

    /// <summary>Whether the character at this place is case-ignorable; if so, the place moves past it.</summary>
    private static bool IsIgnorable(string text, ref int at, int step)
    {
        var rune = step > 0 ? RuneStartingAt(text, at) : RuneEndingAt(text, at);
        bool ignorable = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
            || ".:'·\u0387\u055F\u05F4‘’․‧\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A".Contains(rune.ToString(), StringComparison.Ordinal);
        if (ignorable) at += step * rune.Utf16SequenceLength;
        return ignorable;
    }

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter
        // Unicode's Other_Uppercase and Other_Lowercase that are not modifiers: ordinals, Roman numerals, circled letters.
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static Rune RuneStartingAt(string text, int at)
    {
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _);
        return rune;
    }

    private static Rune RuneEndingAt(string text, int at)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at + 1), out var rune, out _);
        return rune;
    }
}
