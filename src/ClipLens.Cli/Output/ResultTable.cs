using Spectre.Console;

namespace ClipLens.Cli.Output;

/// <summary>A table of results: ruled on a terminal, plain columns in a file.</summary>
/// <param name="columns">The columns' headings; one that begins with '>' is aligned to the right.</param>
internal sealed class ResultTable(params IReadOnlyList<string> columns)
{
    private readonly List<string[]> rows = [];

    public int Rows => rows.Count;

    public void Add(params IEnumerable<string> cells) => rows.Add([.. cells.Select(Terminal.Printable)]);

    /// <summary>Columns side by side, two spaces between them, one line a row.</summary>
    public void WritePlain(TextWriter output)
    {
        string[] headings = [.. columns.Select(Heading)];
        int[] widths = [.. headings.Select((heading, column) => rows.Select(row => row[column].Length).Append(heading.Length).Max())];
        foreach (var row in rows.Prepend(headings))
        {
            var cells = row.Select((cell, column) => IsRight(columns[column]) ? cell.PadLeft(widths[column])
                : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    /// <summary>The table with rules, as wide as the terminal.</summary>
    public Table Ruled()
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (string column in columns)
            table.AddColumn(new TableColumn(new Text(Heading(column))) { Alignment = IsRight(column) ? Justify.Right : Justify.Left });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        return table;
    }

    private static bool IsRight(string column) => column.StartsWith('>');

    private static string Heading(string column) => column.TrimStart('>');
}
