using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClipLens.Files;
using ClipLens.Models.Hub;

namespace ClipLens.Labels;

/// <summary>
/// A file of class names in any of the forms that are about: a name a line; lines with a number or a WordNet id before the name; a CSV or
/// TSV file with a header; JSON lists and maps.
/// </summary>
/// <param name="Names">The names, the first of class 0.</param>
/// <param name="Ids">What the names stand for in folders' names, in the same order; null where the file has only names.</param>
internal sealed partial record ClassTable(IReadOnlyList<string> Names, IReadOnlyList<string>? Ids)
{
    public const string What = "class names, one a line, in the order of the labels; or a table of ids and names";

    private static readonly string[] NameColumns = ["name", "class_name", "classname", "class", "label_name", "words", "text",
        "description", "category"];
    private static readonly string[] IdColumns = ["id", "wnid", "synset", "wordnet_id", "synset_id", "folder", "directory", "index",
        "class_index", "class_id", "idx", "number", "label"];

    private static readonly string[] OtherKinds = [".yaml", ".yml", ".xml", ".toml", ".md", ".py", ".ipynb", ".xlsx", ".ods", ".parquet",
        ".npy", ".npz", ".pkl", ".pt", ".mat"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ClipLensException">It cannot be read, or is a table that cannot be made out.</exception>
    public static ClassTable Read(string path)
    {
        path = PublishedTexts.Find(path);
        if (Path.GetExtension(path).ToLowerInvariant() is { } ending && OtherKinds.Contains(ending))
            throw new ClipLensException($"{path} is named as a {ending} file, which is not read; write {What}.");
        var lines = TextLines.Read(path, What);
        var table = lines[0].Text is ['[' or '{', ..] ? OfJson(path, string.Join('\n', lines.Select(line => line.Text)))
            : OfLines(path, lines);
        for (int i = 0; i < table.Names.Count; i++)
            if (string.IsNullOrWhiteSpace(table.Names[i])) throw new ClipLensException(
            $"{path} has no name for class {i}; write it there.");
        if (table.Ids?.GroupBy(id => id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ClipLensException($"{path} has the id {twice.Key} twice; leave one of them out.");
        return table;
    }

    private static ClassTable OfLines(string path, IReadOnlyList<(int Number, string Text)> lines)
    {
        foreach (var (number, text) in lines)
            if (text.Length == 0) throw new ClipLensException(
            $"{path} line {number} is empty; write the name of class {number - 1} there.");
            else if (text.StartsWith("# ", StringComparison.Ordinal) || text.StartsWith("- ", StringComparison.Ordinal))
                throw new ClipLensException($"{path} line {number} begins with '{text[..2]}', as a remark or an entry of a list does; "
                + "write nothing but the names of the classes, one a line.");
        if (OfColumns(path, lines) is { } columns) return columns;
        string[] texts = [.. lines.Select(line => line.Text)];
        if (texts.Length > 1)
        {
            Match[] before = [.. texts.Select(text => IdThenName().Match(text))],
                after = [.. texts.Select(text => NameThenNumber().Match(text))];
            if (before.All(match => match.Success)) return Ordered(path,
                [.. before.Select(match => (match.Groups["id"].Value, match.Groups["name"].Value))]);
            if (after.All(match => match.Success) && Contiguous([.. after.Select(match => match.Groups["id"].Value)]) is not null)
                return Ordered(path, [.. after.Select(match => (match.Groups["id"].Value, match.Groups["name"].Value))]);
        }
        return new(texts, null);
    }

    /// <summary>A table with a header whose columns are known; null where there is no such header.</summary>
    private static ClassTable? OfColumns(string path, IReadOnlyList<(int Number, string Text)> lines)
    {
        Func<string, List<string>> split = lines[0].Text.Contains('\t') ? text => [.. text.Split('\t').Select(cell => cell.Trim())]
            : CsvRow.Split;
        var header = split(lines[0].Text).ConvertAll(cell => cell.ToLowerInvariant().Replace(' ', '_'));
        int name = Array.Find(NameColumns, header.Contains) is { } known ? header.IndexOf(known) : -1;
        int id = Array.Find(IdColumns, header.Contains) is { } own ? header.IndexOf(own) : -1;
        bool table = Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv";
        // A word such as "class" in the first line of a plain list may be a class.
        if (!table && (header.Count < 2 || name < 0 || id < 0)) return null;
        if (name < 0 || lines.Count == 1)
            throw new ClipLensException($"{path} is a table without a header that names its columns; write id,name in its first line, or "
            + $"save a plain list of {What.Split(';')[0]}.");
        var rows = new List<(string Id, string Name)>();
        foreach (var (number, text) in lines.Skip(1))
        {
            var cells = split(text);
            if (cells.Count != header.Count) throw new ClipLensException($"{path} line {number} has not the {header.Count} columns of "
                + "the header; put names with commas in quotes.");
            rows.Add((id < 0 ? "" : cells[id], cells[name]));
        }
        return id < 0 ? new([.. rows.Select(row => row.Name)], null) : Ordered(path, rows);
    }

    private static ClassTable OfJson(string path, string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new() { MaxDepth = 8 });
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                var members = root.EnumerateObject().ToList();
                if (members.Count > 0 && members.All(member => member.Value.ValueKind == JsonValueKind.Number))
                    return Ordered(path, members.ConvertAll(member => (member.Value.GetRawText(), member.Name)));
                return Ordered(path, members.ConvertAll(member => Entry(path, member.Value, member.Name)));
            }
            var entries = root.EnumerateArray().Select(item => Entry(path, item, null)).ToList();
            return entries.Any(entry => entry.Id.Length == 0) ? new([.. entries.Select(entry => entry.Name)], null)
                : Ordered(path, entries);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ClipLensException($"{path} begins like JSON and is none; write {What}.", error);
        }
    }

    /// <summary>An id and a name of a JSON value: "tench", ["n01440764", "tench"] or {"id": ..., "name": ...}. A WordNet id comes before a
    /// number.</summary>
    private static (string Id, string Name) Entry(string path, JsonElement value, string? key) => value.ValueKind switch
    {
        JsonValueKind.String => (key ?? "", value.GetString()!),
        JsonValueKind.Array when value.EnumerateArray().ToList() is [{ ValueKind: JsonValueKind.String } id,
        { ValueKind: JsonValueKind.String } name] =>
            (key is null ? id.GetString()! : $"{key}\n{id.GetString()}", name.GetString()!),
        JsonValueKind.Object when Member(value, NameColumns) is { } name => (key ?? Member(value, IdColumns) ?? "", name),
        _ => throw new ClipLensException($"{path} is JSON of another kind than a list or a map of class names; write {What}."),
    };

    private static string? Member(JsonElement value, string[] names) =>
        names.Select(name => value.TryGetProperty(name, out var member) ? member.ToString() : null)
        .FirstOrDefault(text => text is not null);

    /// <summary>Rows with ids: in the order of their numbers where the ids are numbers from 0 or from 1, else as they stand.</summary>
    private static ClassTable Ordered(string path, IReadOnlyList<(string Id, string Name)> rows)
    {
        if (rows.Count == 0) throw new ClipLensException($"{path} has no class names; write {What}.");
        string[] keys = [.. rows.Select(row => row.Id.Split('\n')[0])];
        var order = Contiguous(keys);
        if (order is null && keys.All(key => key.All(char.IsAsciiDigit)))
            throw new ClipLensException($"{path} numbers its classes, but not from 0 or 1 without a gap; give every class its number.");
        order ??= [.. Enumerable.Range(0, rows.Count)];
        return new([.. order.Select(i => rows[i].Name.Trim())], [.. order.Select(i => rows[i].Id.Split('\n')[^1])]);
    }

    /// <summary>The places of keys that are numbers from 0 or from 1 without a gap, in the numbers' order; null where they are
    /// not.</summary>
    private static int[]? Contiguous(string[] keys)
    {
        long[] numbers = [.. keys.Select(key => key.Length is > 0 and < 10 && key.All(char.IsAsciiDigit)
            ? long.Parse(key, CultureInfo.InvariantCulture) : -1)];
        int[] order = [.. Enumerable.Range(0, keys.Length).OrderBy(i => numbers[i])];
        long first = keys.Length == 0 ? -1 : numbers[order[0]];
        return first is 0 or 1 && Enumerable.Range(0, keys.Length).All(i => numbers[order[i]] == first + i) ? order : null;
    }

    [GeneratedRegex(@"^(?<id>n[0-9]{8}|[0-9]+(?=[\s:,]|[.)]\s))[\s:,.)]+(?<name>.*\S)$")]
    private static partial Regex IdThenName();

    [GeneratedRegex(@"^(?<name>.*[^\s,:])[\s,:]+(?<id>[0-9]+)$")]
    private static partial Regex NameThenNumber();
}
