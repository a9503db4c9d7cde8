using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// Character references of HTML 5 become characters exactly as Python's <c>html.unescape</c> does it: names without their
/// semicolon count, also as the beginning of a longer word (<c>&amp;notanentity;</c> becomes <c>¬anentity;</c>).
/// </summary>
internal static partial class HtmlUnescape
{
    private static readonly Lazy<Dictionary<string, string>> Names = new(ReadNames);

    // What browsers make of the C1 controls, 0x80 to 0x9F: the characters of Windows-1252 (five have none).
    private const string Windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    [GeneratedRegex(@"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    /// <summary>The text with its references replaced, once.</summary>
    public static string Apply(string text) =>
        text.Contains('&') ? Reference().Replace(text, match => Replace(match.Groups[1].Value)) : text;

    private static string Replace(string reference) =>
        reference[0] == '#' ? Numeric(reference.TrimEnd(';')) : Named(reference);

    private static string Numeric(string reference)
    {
        bool hex = reference[1] is 'x' or 'X';
        string digits = reference[(hex ? 2 : 1)..].TrimStart('0');
        // Eight digits are beyond Unicode in either base.
        long code = digits.Length == 0 ? 0 : digits.Length > 8 ? long.MaxValue
            : long.Parse(digits, hex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture);
        if (code is >= 0x80 and <= 0x9F) return Windows1252[(int)code - 0x80].ToString();
        if (code == '\r') return "\r";
        if (code is 0 or (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF) return "\uFFFD";
        return IsNoCharacter(code) ? "" : new Rune((int)code).ToString();
    }

    private static bool IsNoCharacter(long code) =>
        code is (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;

    private static string Named(string reference)
    {
        if (Names.Value.TryGetValue(reference, out string? text)) return text;
        for (int length = reference.Length - 1; length > 1; length--)
        {
            if (Names.Value.TryGetValue(reference[..length], out text)) return text + reference[length..];
        }
        return "&" + reference;
    }

    private static Dictionary<string, string> ReadNames()
    {
        using var packed = typeof(HtmlUnescape).Assembly.GetManifestResourceStream("html-entities.txt.gz")!;
        using var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        var names = new Dictionary<string, string>(2300, StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            int tab = line.IndexOf('\t');
            string text = line[(tab + 1)..];
            names[line[..tab]] = text switch { "\\t" => "\t", "\\n" => "\n", _ => text };
        }
        return names;
    }
}
