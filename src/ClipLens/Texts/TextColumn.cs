using System.Globalization;
using ClipLens.Files;

namespace ClipLens.Texts;

/// <summary>Finds the texts in a file that is not a list of texts but a table of them: with counts, with ids, with a header.</summary>
internal static class TextColumn
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "text", "texts", "word", "words", "caption", "captions", "phrase", "phrases", "sentence", "sentences", "description",
            "descriptions", "prompt", "prompts",
        "term", "token", "concept", "title", "name", "label",
    };

    /// <summary>The texts of a table with the numbers of their lines; null for a list of texts.</summary>
    /// <param name="path">The file, whose ending tells tables from lists where its lines do not.</param>
    /// <param name="lines">Its lines, trimmed.</param>
    /// <exception cref="ClipLensException">The file is a table, and which of its columns has the texts cannot be told.</exception>
    public static IReadOnlyList<(int Line, string Text)>? Find(string path, IReadOnlyList<string> lines)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending is ".json" or ".jsonl" or ".parquet" or ".xlsx") throw Refused(path, $"is named as a {ending} file");
        if (lines[0] is ['[', '"' or '\'', ..] or "[" or "{" or ['{', '"', ..]) throw Refused(path, "holds JSON or a list of Python");
        if (lines.Count > 1 && lines.Index().All(line => IsNumbered(line.Item, line.Index)))
            throw Refused(path, "has a number or a mark before each text");
        if (ending != ".csv" && lines.Count > 1 && lines.All(line => line.Length > 2 && line[0] == '"' && line[^1] == '"'
            && CsvRow.Split(line).Count == 1)) return [.. lines.Select((line, i) => (i + 1, CsvRow.Split(line)[0]))];
        if (lines.Any(line => line.Contains('\t')))
            return OfRows(lines.Select(line => line.Split('\t').Select(cell => cell.Trim()).ToList()).ToList())
                ?? throw Refused(path, "is a table with tabs, of which it is not plain what column has the texts");
        bool isCsv = ending == ".csv";
        // A comma may be part of a text.
        if (!isCsv && !lines[0].Contains(',')) return null;
        if (isCsv && Names.Contains(lines[0].Trim('"'))) return [.. Rows(path, lines).Skip(1)
            .Select((row, i) => (i + 2, row.Count == 1 ? row[0] : throw Refused(path, "has a header of one column and rows of more")))];
        if (isCsv && !lines.Any(line => line.Contains(','))) return null;
        if (!isCsv && lines.Any(line => line.Count(c => c == '"') % 2 != 0)) return null;
        return OfRows(Rows(path, lines)) ?? (isCsv ? throw Refused(path, "is a table, of which it is not plain what column has the texts")
            : null);
    }

    /// <summary>Whether a line is "3. a fox", "3) a fox" or "- a fox", in its place.</summary>
    private static bool IsNumbered(string line, int place) => line.StartsWith("- ", StringComparison.Ordinal)
        || line.StartsWith("* ", StringComparison.Ordinal) || new[] { place, place + 1 }.Any(number =>
            line.StartsWith($"{number}. ", StringComparison.Ordinal) || line.StartsWith($"{number}) ", StringComparison.Ordinal));

    private static List<List<string>> Rows(string path, IReadOnlyList<string> lines)
    {
        int broken = Enumerable.Range(0, lines.Count).FirstOrDefault(i => lines[i].Count(c => c == '"') % 2 != 0, -1);
        return broken < 0 ? [.. lines.Select(CsvRow.Split)]
            : throw Refused(path, $"has a quotation mark without its fellow on line {broken + 1}");
    }

    /// <summary>The column that a header names, or the only one that is not of numbers; null where neither is so.</summary>
    private static IReadOnlyList<(int Line, string Text)>? OfRows(List<List<string>> rows)
    {
        int columns = rows[0].Count;
        if (columns < 2 || rows.Any(row => row.Count != columns)) return null;
        int named = rows[0].FindIndex(Names.Contains);
        bool hasNumber = rows[0].Any(IsNumber);
        int[] words = [.. Enumerable.Range(0, columns).Where(column => !rows.Skip(1).All(row => IsNumber(row[column])))];
        bool hasHeader = !hasNumber && (named >= 0 || words.Length == 1) && rows.Count > 1;
        int texts = hasHeader && named >= 0 ? named : words is [var only] ? only : -1;
        if (texts < 0 || (!hasHeader && Enumerable.Range(0, columns).Any(column =>
            column != texts && !IsNumber(rows[0][column])))) return null;
        return [.. rows.Select((row, i) => (i + 1, row[texts])).Skip(hasHeader ? 1 : 0)];
    }

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static ClipLensException Refused(string path, string why) => new($"{path} {why}; save the texts alone, one a line.");
}
