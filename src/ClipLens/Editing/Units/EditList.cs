using System.Globalization;
using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Editing.Units;

/// <summary>Lists of units as people write and programs save them.</summary>
public static class EditList
{
    /// <summary>The kind of a record of an edit, by which it is known.</summary>
    internal const string RecordKind = "cliplens edit";

    private const int LongestFile = 64 << 20;

    /// <summary>Reads "9:391,10:22" or "9:391=0.5": units with commas between, each with a factor if one is given.</summary>
    /// <param name="text">The list.</param>
    /// <param name="areHeads">Whether they are heads.</param>
    /// <param name="factor">The factor of those that have none of their own.</param>
    /// <exception cref="ClipLensException">A word is no unit.</exception>
    public static IReadOnlyList<UnitChange> Parse(string text, bool areHeads = false, double factor = 0)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => ParseOne(word, areHeads)).Select(unit => new UnitChange(unit.Unit, unit.Own ?? factor))];
    }

    /// <summary>
    /// Reads a file: a unit a line (<c>9:391</c>, <c>head 11:3</c>, each with <c>=0.5</c> if it is not to be taken out; what follows a # is
    /// a remark), or JSON in which neurons stand as "9:391" (as names or values) or as objects with <c>layer</c> and <c>neuron</c>, as in
    /// the explorer's labels and in files of cues.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="factor">The factor of units that have none of their own; they are taken out if null.</param>
    /// <exception cref="ClipLensException">The file cannot be read, names no unit, or has a factor for every unit beside a given
    /// one.</exception>
    public static IReadOnlyList<UnitChange> Read(string path, double? factor = null)
    {
        const string what = "neurons, one a line, such as 9:391";
        var lines = TextLines.Read(path, what);
        (ModelUnit Unit, double? Own)[] found = lines[0].Text is ['[' or '{', ..]
            ? JsonFile.Read(path, root => Edits(root) ?? [.. InJson(root).Distinct().Select(unit => (unit, (double?)null))], LongestFile)
            : [.. lines.Select(line => line.Text.Split('#')[0].Trim()).Where(line => line.Length > 0)
                .Select(line => ParseOne(line, false))];
        if (found.Length == 0) throw new ClipLensException($"{path} names no neuron; write {what}.");
        if (factor is not null && found.All(unit => unit.Own is not null))
            throw new ClipLensException($"{path} has a factor for every unit, so a further one would do nothing; leave that out.");
        return [.. found.Select(unit => new UnitChange(unit.Unit, unit.Own ?? factor ?? 0))];
    }

    private static (ModelUnit Unit, double? Own) ParseOne(string word, bool isHead)
    {
        string[] parts = word.Split('=');
        double factor = 0;
        if (parts.Length > 2 || (parts.Length == 2
            && !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out factor)))
            throw new ClipLensException($"The factor in '{word}' is not understood; write a number, such as 9:391=0.5.");
        return (ModelUnit.Parse(parts[0], isHead), parts.Length == 2 ? factor : null);
    }

    /// <summary>Whether a JSON object is a record of an edit.</summary>
    internal static bool IsRecord(JsonElement root) => root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("kind", out var kind) && kind.ValueKind == JsonValueKind.String && kind.GetString() == RecordKind;

    /// <summary>The changes that a record lists.</summary>
    internal static IReadOnlyList<UnitChange> OfRecord(JsonElement root) =>
        [.. root.GetProperty("edits").EnumerateArray().Select(edit =>
        {
            bool isHead = edit.TryGetProperty("head", out var head);
            string unit = (isHead ? head : edit.GetProperty("neuron")).GetString() ?? throw new FormatException();
            return new UnitChange(ModelUnit.Parse(unit, isHead), edit.GetProperty("factor").GetDouble());
        })];

    /// <summary>The changes of a record of an edit, with their factors; null where it is none.</summary>
    private static (ModelUnit Unit, double? Own)[]? Edits(JsonElement root) => IsRecord(root)
        ? [.. OfRecord(root).Select(change => (change.Unit, (double?)change.Factor))] : null;

    private static IEnumerable<ModelUnit> InJson(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array) return value.EnumerateArray().SelectMany(InJson);
        if (value.ValueKind == JsonValueKind.String) return Found(value.GetString()!);
        if (value.ValueKind != JsonValueKind.Object) return [];
        if (value.TryGetProperty("layer", out var layer) && layer.TryGetInt32(out int block)
            && (Number(value, "neuron") ?? Number(value, "index")) is { } index) return [new(block, index)];
        return value.EnumerateObject().SelectMany(entry => IsEmptyLabel(entry.Value) ? []
            : Found(entry.Name).Concat(InJson(entry.Value)));
    }

    /// <summary>Whether a value is a label of the explorer's in which nothing is said any more.</summary>
    private static bool IsEmptyLabel(JsonElement value) => value.ValueKind == JsonValueKind.Object
        && IsEmpty(value, "name") && IsEmpty(value, "note")
        && value.TryGetProperty("star", out var star) && star.ValueKind == JsonValueKind.False;

    private static bool IsEmpty(JsonElement value, string name) =>
        value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.GetString() == "";

    private static int? Number(JsonElement value, string name) => value.TryGetProperty(name, out var number)
        && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int found) ? found : null;

    private static IEnumerable<ModelUnit> Found(string text)
    {
        bool isHead = text.StartsWith("head ", StringComparison.Ordinal);
        if (ModelUnit.Find(isHead ? text[5..] : text, isHead) is { } unit) yield return unit;
    }
}
