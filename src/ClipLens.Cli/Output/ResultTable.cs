using Spectre.Console;

namespace ClipLens.Cli.Output;

/// <summary>A table of results: ruled on a terminal, plain columns in a file.</summary>
/// <param name="columns">The columns' headings; one that begins with '>' is aligned to the right.</param>
internal sealed class ResultTable(params IReadOnlyList<string> columns)
{
    /// <summary>What the rules take of a line: three characters a column and one.</summary>
    private const int RuleWidth = 3;

    private readonly List<string[]> rows = [];

    /// <summary>What a file of it is called beside the main one of its command; empty for the main one.</summary>
    public string Name { get; init; } = "";

    /// <summary>What tells it from other tables of the same columns: columns of a file that stand before its own.</summary>
    public IReadOnlyList<(string Column, string Value)> About { get; init; } = [];

    public int Rows => rows.Count;

    public void Add(params IEnumerable<string> cells) => rows.Add([.. cells.Select(Terminal.Printable)]);

    /// <summary>The rows as those of a file, with what the table is about.</summary>
    public IEnumerable<IEnumerable<string>> Records(bool withHeadings)
    {
        if (withHeadings) yield return [.. About.Select(own => own.Column), .. columns.Select(Heading)];
        foreach (var row in rows) yield return [.. About.Select(own => own.Value), .. row.Select(cell => cell.Trim())];
    }

    /// <summary>Columns side by side, two spaces between them, one line a row.</summary>
    public void WritePlain(TextWriter output)
    {
        int[] widths = [.. columns.Select((_, column) => Cells(column).Max(cell => cell.Length))];
        foreach (var row in rows.Prepend([.. columns.Select(Heading)]))
        {
            var cells = row.Select((cell, column) => IsRight(columns[column]) ? cell.PadLeft(widths[column])
                : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    /// <summary>The table with rules, at most as wide as the terminal and broken between words; null where its words need more.</summary>
    public Table? Ruled(int width)
    {
        if (Widths(width - RuleWidth * columns.Count - 1) is not { } widths) return null;
        var table = new Table { Border = TableBorder.Rounded };
        for (int i = 0; i < columns.Count; i++)
            table.AddColumn(new TableColumn(new Text(Heading(columns[i])))
            {
                Alignment = IsRight(columns[i]) ? Justify.Right : Justify.Left,
                Width = widths[i],
            });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        return table;
    }

    /// <summary>The rows beneath one another, a line a cell, for terminals that are too narrow for columns.</summary>
    public void WriteList(TextWriter output, int width)
    {
        foreach (var row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                if (row[i].Length == 0) continue;
                var lines = TextLines.Wrap($"{Heading(columns[i])}: {row[i]}", width - 2);
                for (int l = 0; l < lines.Count; l++) output.WriteLine((i == 0 && l == 0 ? "" : l == 0 ? "  " : "    ") + lines[l]);
            }
        }
    }

    /// <summary>Widths of the columns: each at least its longest word, the rest to those that need more.</summary>
    private int[]? Widths(int room)
    {
        int[] least = [.. columns.Select((_, column) => Cells(column).SelectMany(cell => cell.Split(' ')).Max(word => word.Length))];
        int[] whole = [.. columns.Select((_, column) => Cells(column).Max(cell => cell.Length))];
        int left = room - least.Sum();
        if (left < 0) return null;
        foreach (int i in Enumerable.Range(0, columns.Count).OrderBy(i => whole[i] - least[i]).ToList())
        {
            // What needs least first, so that only long texts are wrapped.
            int more = Math.Min(left, whole[i] - least[i]);
            least[i] += more;
            left -= more;
        }
        return least;
    }

    private IEnumerable<string> Cells(int column) => rows.Select(row => row[column]).Prepend(Heading(columns[column]));

    private static bool IsRight(string column) => column.StartsWith('>');

    private static string Heading(string column) => column.TrimStart('>');
}
