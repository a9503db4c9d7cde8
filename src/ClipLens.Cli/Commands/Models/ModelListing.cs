using ClipLens.Cli.Output;

namespace ClipLens.Cli.Commands.Models;

/// <summary>Names of models as a person reads them.</summary>
internal static class ModelListing
{
    /// <summary>An architecture with all its weights; what is on this machine has a star.</summary>
    public static void WriteGroups(Terminal terminal, IReadOnlyList<ModelRow> rows)
    {
        terminal.WriteLine("A name is an architecture, a slash and a tag: ViT-B-32/openai. What has a star is on this machine.");
        foreach (var group in rows.GroupBy(row => row.Group))
        {
            terminal.WriteLine();
            var first = group.First();
            bool isArchitecture = group.Key is not (ModelRow.OpenAi or ModelRow.Others);
            terminal.WriteLine(isArchitecture ? $"{group.Key}: {first.Family!.Name}, {first.Tower}{NotSupported(first)}" : $"{group.Key}:");
            var names = group.Select((row, i) => row.Short + (row.Bytes is null ? "" : "*") + (i < group.Count() - 1 ? "," : ""));
            foreach (string line in TextLines.Pack(names, terminal.Width - 2)) terminal.WriteLine("  " + line);
        }
    }

    /// <summary>A line a name.</summary>
    public static void WriteTable(Terminal terminal, IReadOnlyList<ModelRow> rows)
    {
        var table = new ResultTable("Name", "Family", "Image tower", "On this machine");
        foreach (var row in rows)
            table.Add(row.Name, (row.Family?.Name ?? "") + NotSupported(row), row.Tower,
                row.Bytes is { } bytes ? $"{Math.Max(1, bytes / 1_000_000)} MB" : "");
        terminal.Write(table);
    }

    private static string NotSupported(ModelRow row) => row.Family is { IsSupported: false } ? " (not supported)" : "";
}
