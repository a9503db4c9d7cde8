using System.Text.Json;
using System.Text.RegularExpressions;
using ClipLens.Files;

namespace ClipLens.Models.Hub;

/// <summary>Reads a list of texts that a notebook of Python writes out: <c>name = ["...", '...']</c>, alone at the head of a
/// cell.</summary>
internal static partial class NotebookList
{
    private const int LongestNotebook = 8 << 20;

    /// <summary>The texts.</summary>
    /// <exception cref="ClipLensException">The file is no notebook, or has no such list.</exception>
    public static IReadOnlyList<string> Read(string path, string variable)
    {
        string head = variable + " = [";
        string cell = JsonFile.Read(path, root => root.GetProperty("cells").EnumerateArray().Select(Source)
            .FirstOrDefault(source => source.StartsWith(head, StringComparison.Ordinal)), LongestNotebook)
            ?? throw new ClipLensException($"{path} is no notebook with the list {variable}; delete it, so that it is fetched again.");
        return [.. Literal().Matches(cell[head.Length..cell.IndexOf(']')]).Select(text => text.Groups[1].Value + text.Groups[2].Value)];
    }

    private static string Source(JsonElement cell) => string.Concat(cell.GetProperty("source").EnumerateArray()
        .Select(line => line.GetString()));

    // None of these lists has a text with an escape or a bracket.
    [GeneratedRegex("\"([^\"\\\\]*)\"|'([^'\\\\]*)'")]
    private static partial Regex Literal();
}
