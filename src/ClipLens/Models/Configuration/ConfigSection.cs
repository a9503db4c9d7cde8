using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace ClipLens.Models.Configuration;

/// <summary>
/// One object of a config file. It remembers which settings were asked for, so that those left over, which would change the function
/// unseen, can be refused by name.
/// </summary>
internal sealed class ConfigSection
{
    private readonly JsonElement element;
    private readonly string prefix;
    private readonly HashSet<string> known = [];

    /// <summary>A section of the file at <paramref name="path"/>.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="element">The JSON object.</param>
    /// <param name="prefix">What stands before a setting's name in messages, such as <c>model_cfg.</c>.</param>
    public ConfigSection(string path, JsonElement element, string prefix = "")
    {
        Path = path;
        this.element = element;
        this.prefix = prefix;
        if (element.ValueKind != JsonValueKind.Object)
            throw new ClipLensException($"{path} is not a model's config: {(prefix.Length > 0 ? prefix.TrimEnd('.') : "it")} is not a "
            + "JSON object.");
    }

    public string Path { get; }

    /// <summary>Whether there is such a setting, and it is not null.</summary>
    public bool Has(string name) => TryGet(name, out _);

    public bool IsObject(string name) => TryGet(name, out var value) && value.ValueKind == JsonValueKind.Object;

    public ConfigSection? Section(string name) =>
        TryGet(name, out var value) ? new ConfigSection(Path, value, $"{prefix}{name}.") : null;

    /// <summary>A section that is a model's; where it is missing, the file is no such config.</summary>
    public ConfigSection Required(string name) => Section(name) ?? throw Missing(name);

    public int Int(string name, int? fallback = null)
    {
        if (!TryGet(name, out var value)) return fallback ?? throw Missing(name);
        return AsInt(value) ?? throw Wrong(name, value, "a whole number");
    }

    /// <summary>A side in pixels: a number, or a list of two equal ones.</summary>
    public int Side(string name, int? fallback = null)
    {
        if (!TryGet(name, out var value)) return fallback ?? throw Missing(name);
        return Ints(name) switch
        {
            [var side] => side,
            [var height, var width] when height == width => height,
            _ => throw Wrong(name, value, "one whole number for both sides, and ClipLens takes square images only"),
        };
    }

    /// <summary>Whole numbers: a list of them, or one alone; null where there is something else.</summary>
    public int[]? Ints(string name)
    {
        if (!TryGet(name, out var value)) return null;
        int?[] numbers = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(AsInt)] : [AsInt(value)];
        return numbers.Contains(null) ? null : [.. numbers.Select(number => number!.Value)];
    }

    public double Double(string name, double fallback) =>
        !TryGet(name, out var value) ? fallback
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number
            : throw Wrong(name, value, "a number");

    public bool? Bool(string name) => !TryGet(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, value, "true or false"),
    };

    public string? String(string name) =>
        !TryGet(name, out var value) ? null
            : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, value, "a string");

    /// <summary>Three numbers, one for each channel.</summary>
    public float[]? Channels(string name)
    {
        if (!TryGet(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 3) throw Wrong(name, value, "a list of three numbers");
        return [.. value.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Number && item.TryGetSingle(out float number) && float.IsFinite(number) ? number
                : throw Wrong(name, value, "a list of three numbers"))];
    }

    /// <summary>Takes note of settings that do not change the function.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) known.Add(name);
    }

    /// <summary>Refuses a setting unless it is missing, null or one of these (written as in JSON).</summary>
    public void Require(string name, params ReadOnlySpan<string> neutral)
    {
        if (TryGet(name, out var value) && !neutral.Contains(value.GetRawText().Trim('"'))) throw Unsupported(name, value);
    }

    /// <summary>Refuses a setting whatever its value, unless it is missing or null.</summary>
    public ClipLensException Unsupported(string name) => TryGet(name, out var value) ? Unsupported(name, value) : Missing(name);

    /// <summary>Refuses what was never asked for, unless it is null.</summary>
    public void RefuseOthers()
    {
        foreach (var property in element.EnumerateObject())
            if (!known.Contains(property.Name) && property.Value.ValueKind != JsonValueKind.Null) throw Unsupported(property.Name,
            property.Value);
    }

    public ClipLensException Wrong(string name, string what) =>
        TryGet(name, out var value) ? Wrong(name, value, what) : Missing(name);

    private bool TryGet(string name, [NotNullWhen(true)] out JsonElement value)
    {
        known.Add(name);
        return element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static int? AsInt(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number)
        && Math.Abs(number) < int.MaxValue
            ? (int)number : null;

    private ClipLensException Missing(string name) => new($"{Path} has no setting {prefix}{name}.");

    private ClipLensException Wrong(string name, JsonElement value, string what) =>
        new($"{Path} has {prefix}{name} = {Short(value)}, which is not {what}.");

    private ClipLensException Unsupported(string name, JsonElement value) =>
        new($"{Path} has {prefix}{name} = {Short(value)}, which ClipLens does not support.");

    private static string Short(JsonElement value)
    {
        string text = string.Join(' ', value.GetRawText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
