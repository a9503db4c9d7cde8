namespace ClipLens.Files;

/// <summary>A CSV file whose first line names its columns, two of which count.</summary>
/// <param name="Columns">How many columns the first line names.</param>
/// <param name="First">The place of the first column that counts.</param>
/// <param name="Second">The place of the second.</param>
/// <param name="Rows">The fields of the other lines, with the lines' numbers from 1.</param>
internal sealed record CsvTable(int Columns, int First, int Second, IReadOnlyList<(int Line, List<string> Fields)> Rows)
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="first">Name of the first column that counts.</param>
    /// <param name="second">Name of the second.</param>
    /// <param name="what">What the file should be, for the error.</param>
    /// <exception cref="ClipLensException">The file cannot be read, or its first line lacks one of the names.</exception>
    public static CsvTable Read(string path, string first, string second, string what)
    {
        var lines = TextLines.Read(path, what);
        var header = CsvRow.Split(lines[0].Text);
        int one = header.IndexOf(first), other = header.IndexOf(second);
        return one >= 0 && other >= 0
            ? new(header.Count, one, other, [.. lines.Skip(1).Select(line => (line.Number, CsvRow.Split(line.Text)))])
            : throw new ClipLensException($"{path} does not begin with the header {first},{second}; write {what}.");
    }
}
