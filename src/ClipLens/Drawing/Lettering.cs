using SkiaSharp;

namespace ClipLens.Drawing;

/// <summary>
/// The one font of all drawings, DejaVu Sans (its licence is beside it), which the library carries: pictures look the same on every
/// machine, with or without fonts of its own.
/// </summary>
internal static class Lettering
{
    private const string Ellipsis = "…";

    private static readonly Lazy<SKTypeface> Typeface = new(Load);

    /// <summary>The font at a size in pixels, to be disposed of.</summary>
    public static SKFont Font(float size, bool bold = false) =>
        new(Typeface.Value, size) { Subpixel = true, Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Embolden = bold };

    /// <summary>Width of a text in pixels.</summary>
    public static float Width(string text, float size, bool bold = false)
    {
        using SKFont font = Font(size, bold);
        return font.MeasureText(text);
    }

    /// <summary>The text on one line, its end cut and marked where it is wider than <paramref name="width"/>.</summary>
    public static string Fit(string text, float size, float width, bool bold = false) =>
        Wrap(text, size, width, 1, bold).FirstOrDefault("");

    /// <summary>The text on one line, its middle cut and marked where it is too wide: of a file's name both ends tell.</summary>
    public static string FitMiddle(string text, float size, float width)
    {
        using SKFont font = Font(size);
        string whole = Clean(text);
        if (font.MeasureText(whole) <= width) return whole;
        string head = whole[..Prefix(font, whole, width * 0.45f)], reversed = new([.. whole.Reverse()]);
        string tail = new([.. reversed[..Prefix(font, reversed, width - font.MeasureText(head + Ellipsis))].Reverse()]);
        return head.TrimEnd() + Ellipsis + (tail.Length > 0 && char.IsLowSurrogate(tail[0]) ? tail[1..] : tail);
    }

    /// <summary>The text on at most <paramref name="lines"/> lines of <paramref name="width"/> pixels, broken between words where it can
    /// be; what does not fit is cut and marked.</summary>
    public static List<string> Wrap(string text, float size, float width, int lines, bool bold = false)
    {
        using SKFont font = Font(size, bold);
        string rest = Clean(text);
        List<string> wrapped = [];
        while (rest.Length > 0 && wrapped.Count < lines)
        {
            int fits = Prefix(font, rest, width);
            if (fits == rest.Length)
            {
                wrapped.Add(rest);
                return wrapped;
            }
            if (wrapped.Count == lines - 1)
            {
                wrapped.Add(rest[..Prefix(font, rest, width - font.MeasureText(Ellipsis))].TrimEnd() + Ellipsis);
                return wrapped;
            }
            // A word that would leave most of the line empty is broken instead.
            int space = rest.LastIndexOf(' ', Math.Min(fits, rest.Length - 1)), end = space > fits * 0.4 ? space : Math.Max(fits, 1);
            wrapped.Add(rest[..end].TrimEnd());
            rest = rest[end..].TrimStart();
        }
        return wrapped;
    }

    /// <summary>How many characters fit; never half of a surrogate pair.</summary>
    private static int Prefix(SKFont font, string text, float width)
    {
        if (font.MeasureText(text) <= width) return text.Length;
        int low = 0, high = text.Length;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (font.MeasureText(text.AsSpan(0, middle)) <= width) low = middle;
            else high = middle;
        }
        return low > 0 && char.IsHighSurrogate(text[low - 1]) ? low - 1 : low;
    }

    // Texts come from the web as they are: line breaks, tabs and control characters have no shape, and a thousandth word is never seen.
    private static string Clean(string text)
    {
        char[] characters = text.Length > 2000 ? text.ToCharArray(0, 2000) : text.ToCharArray();
        for (int i = 0; i < characters.Length; i++)
            if (char.IsControl(characters[i]) || char.IsWhiteSpace(characters[i])) characters[i] = ' ';
        return new string(characters).Trim();
    }

    private static SKTypeface Load()
    {
        using Stream font = typeof(Lettering).Assembly.GetManifestResourceStream("ClipLens.Drawing.Fonts.DejaVuSans.ttf")
            ?? throw new InvalidOperationException("The library was built without its font.");
        return SKTypeface.FromStream(font);
    }
}
