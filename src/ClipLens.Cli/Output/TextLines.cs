namespace ClipLens.Cli.Output;

/// <summary>Text in lines of a given width, broken between words only.</summary>
internal static class TextLines
{
    /// <summary>The lines; a word that is longer than a line has one of its own.</summary>
    public static IReadOnlyList<string> Wrap(string text, int width) => Pack(text.Split(' '), width);

    /// <summary>Pieces side by side that are never broken, as many on a line as fit.</summary>
    public static IReadOnlyList<string> Pack(IEnumerable<string> pieces, int width)
    {
        List<string> lines = [];
        string? line = null;
        foreach (string piece in pieces)
        {
            if (line is not null && line.Length + 1 + piece.Length > width)
            {
                lines.Add(line.TrimEnd());
                line = null;
            }
            line = line is null ? piece : $"{line} {piece}";
        }
        lines.Add(line ?? "");
        return lines;
    }
}
