using System.Text;
using ClipLens.Files;

namespace ClipLens.Cli.Output;

/// <summary>
/// The tables that a command printed as CSV files: those without a name in the file asked for, others beside it under its name with theirs.
/// Tables that go into one file have the same columns; what tells them apart stands in columns before these.
/// </summary>
internal static class TableFiles
{
    /// <summary>Writes them; gives the files' paths, the one asked for first.</summary>
    /// <exception cref="ClipLensException">A file cannot be written there.</exception>
    public static IReadOnlyList<string> Write(string path, IReadOnlyList<ResultTable> tables)
    {
        List<string> written = [];
        foreach (var group in tables.GroupBy(table => table.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            string file = group.Key.Length == 0 ? path
                : Path.ChangeExtension(path, null) + "-" + group.Key + Path.GetExtension(path);
            var text = new StringBuilder();
            foreach (var row in group.SelectMany((table, i) => table.Records(withHeadings: i == 0)))
                text.AppendJoin(',', row.Select(Field)).Append('\n');
            AtomicFile.Write(file, Encoding.UTF8.GetBytes(text.ToString()));
            written.Add(file);
        }
        return written;
    }

    private static string Field(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\n\r") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
}
