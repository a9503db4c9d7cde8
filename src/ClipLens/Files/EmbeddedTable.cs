namespace ClipLens.Files;

/// <summary>A small table that comes with the library: <c>data/*.tsv</c>.</summary>
internal static class EmbeddedTable
{
    /// <summary>The rows below the heading, cell by cell; lines that begin with # are remarks.</summary>
    public static IReadOnlyList<string[]> Rows(string name)
    {
        using var reader = new StreamReader(typeof(EmbeddedTable).Assembly.GetManifestResourceStream(name)!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').Skip(1)
            .Select(line => line.Split('\t'))];
    }
}
