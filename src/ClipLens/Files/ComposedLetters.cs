using System.Text;

namespace ClipLens.Files;

/// <summary>
/// Letters with marks as one sign each, as most systems write them; Apple's file names and archives made of them have a letter and its
/// mark as two. Unicode's composition (form C) for Latin letters, kana and Hangul; .NET's own needs a library that we go without.
/// </summary>
internal static class ComposedLetters
{
    private const int FirstLead = 0x1100, FirstVowel = 0x1161, FirstTail = 0x11A7, FirstSyllable = 0xAC00,
        Leads = 19, Vowels = 21, Tails = 28;

    private const char Voiced = '\u3099', HalfVoiced = '\u309A';

    private static readonly Dictionary<(char Letter, char Mark), char> Latin = new[]
    {
        ('\u0300', "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹ"), ('\u0301', "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzź"),
        ('\u0302', "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷ"), ('\u0303', "AÃNÑOÕaãnñoõIĨiĩUŨuũ"),
        ('\u0304', "AĀaāEĒeēIĪiīOŌoōUŪuū"), ('\u0306', "AĂaăGĞgğUŬuŭ"), ('\u0307', "CĊcċEĖeėGĠgġIİZŻzż"),
        ('\u0308', "AÄEËIÏOÖUÜaäeëiïoöuüYŸyÿ"), ('\u030A', "AÅaåUŮuů"), ('\u030B', "OŐoőUŰuű"),
        ('\u030C', "CČcčDĎdďEĚeěNŇnňRŘrřSŠsšTŤtťZŽzž"), ('\u0327', "CÇcçGĢKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ"),
        ('\u0328', "AĄaąEĘeęIĮiįUŲuų"),
    }.SelectMany(row => row.Item2.Chunk(2).Select(pair => (Key: (pair[0], row.Item1), Value: pair[1])))
        .ToDictionary(pair => pair.Key, pair => pair.Value);

    /// <summary>The text with each letter and mark that have a sign of their own as that sign.</summary>
    public static string Apply(string text)
    {
        if (text.All(char.IsAscii)) return text;
        var composed = new StringBuilder(text.Length);
        foreach (char sign in text)
        {
            char before = composed.Length > 0 ? composed[^1] : '\0';
            if (Composed(before, sign) is { } one) composed[^1] = one;
            else composed.Append(sign);
        }
        return composed.ToString();
    }

    private static char? Composed(char before, char sign) => Latin.TryGetValue((before, sign), out char latin) ? latin
        : sign is Voiced or HalfVoiced ? Kana(before, sign) : Hangul(before, sign);

    /// <summary>A voiced kana stands behind the plain one, a half-voiced one behind that.</summary>
    private static char? Kana(char plain, char mark) => (mark, plain) switch
    {
        (Voiced, 'う') => 'ゔ',
        (Voiced, 'ウ') => 'ヴ',
        (_, >= 'は' and <= 'ほ' or >= 'ハ' and <= 'ホ') => (char)(plain + (mark == Voiced ? 1 : 2)),
        (Voiced, >= 'か' and <= 'と' or >= 'カ' and <= 'ト') => (char)(plain + 1),
        _ => null,
    };

    private static char? Hangul(char before, char sign)
    {
        int lead = before - FirstLead, vowel = sign - FirstVowel, tail = sign - FirstTail, syllable = before - FirstSyllable;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels) return (char)(FirstSyllable + (lead * Vowels + vowel) * Tails);
        return syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails ? (char)(before + tail)
            : null;
    }
}
