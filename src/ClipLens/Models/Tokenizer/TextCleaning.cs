using System.Text;
using ClipLens.Models.Configuration;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// What is done to a text before it is cut into words: for CLIP HTML unescaped twice, white space collapsed, lower case.
/// The original also repairs mis-decoded text with ftfy; that step is left out (see <see cref="ClipTokenizer"/>).
/// </summary>
internal static class TextCleaning
{
    /// <summary>The cleaned text.</summary>
    public static string Apply(string text) => LowerCase.Apply(CollapseSpace(Unescape(text)));

    /// <summary>The text cleaned in one of the ways of the models.</summary>
    public static string Apply(string text, CleaningKind kind) => kind switch
    {
        CleaningKind.WhiteSpace => CollapseSpace(Unescape(text)),
        CleaningKind.Canonical => CollapseSpace(LowerCase.Apply(WithoutPunctuation(Unescape(text).Replace('_', ' ')))),
        CleaningKind.LowerWithoutPunctuation => CollapseSpace(WithoutPunctuation(LowerCase.Apply(text))),
        CleaningKind.Lower => LowerCase.Apply(text),
        CleaningKind.AsItIs => text,
        _ => Apply(text),
    };

    private static string Unescape(string text) => HtmlUnescape.Apply(HtmlUnescape.Apply(text));

    // ASCII's alone, as Python's string.punctuation.
    private static string WithoutPunctuation(string text) =>
        string.Concat(text.Where(c => !(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c)))));

    /// <summary>Whether Unicode calls the character white space, as the regular expressions of CLIP do.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c);

    private static string CollapseSpace(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!IsSpace(c)) collapsed.Append(c);
            else if (collapsed.Length == 0 || collapsed[^1] != ' ') collapsed.Append(' ');
        }
        return collapsed.ToString().Trim(TrimmedAtTheEnds);
    }

    // Python's str.strip also takes four separators of the ASCII age that its regular expressions do not count as space.
    private static readonly char[] TrimmedAtTheEnds = [' ', '\x1C', '\x1D', '\x1E', '\x1F'];
}
