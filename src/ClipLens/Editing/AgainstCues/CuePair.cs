using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Editing.AgainstCues;

/// <summary>A class and something that the model may take for a sign of it although it is none, such as ship and sea.</summary>
/// <param name="Class">The class's name.</param>
/// <param name="Cue">What is to count less for it.</param>
public sealed record CuePair(string Class, string Cue)
{
    private const int CuesOfAReport = 5;

    /// <summary>Reads "ship:sea,truck:road", or a file of <c>cliplens cues</c>: its confirmed cues against the fooled class, or the first
    /// five where none was tried.</summary>
    /// <exception cref="ClipLensException">It is something else.</exception>
    public static IReadOnlyList<CuePair> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return Read(text);
        CuePair[] pairs = [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(word =>
            word.Split(':') is [var name, var cue] && name.Trim().Length > 0 && cue.Trim().Length > 0 ? new CuePair(name.Trim(), cue.Trim())
                : throw new ClipLensException($"The cue '{word}' is not understood; write a class and what is to count less for it, such "
                    + "as ship:sea."))];
        return pairs.Length > 0 ? pairs : throw new ClipLensException("There is no cue to edit against; write some, such as ship:sea.");
    }

    private static CuePair[] Read(string path) => JsonFile.Read<CuePair[]>(path, root =>
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("fooled", out var fooled)
            || !root.TryGetProperty("cues", out var cues) || cues.ValueKind != JsonValueKind.Array)
            throw new ClipLensException($"{path} is no file of cues; give one that 'cliplens cues' wrote, or pairs such as ship:sea.");
        var all = cues.EnumerateArray().ToList();
        var confirmed = all.Where(cue => cue.TryGetProperty("confirmed", out var yes) && yes.ValueKind == JsonValueKind.True).ToList();
        var pairs = (confirmed.Count > 0 ? confirmed : all.Take(CuesOfAReport))
            .Select(cue => new CuePair(Text(fooled), Text(cue.GetProperty("text")))).ToArray();
        return pairs.Length > 0 ? pairs
            : throw new ClipLensException($"{path} lists no cues; give another file, or pairs such as ship:sea.");
    }, 64 << 20);

    private static string Text(JsonElement value) => value.GetString() is { } text && text.Trim().Length > 0 ? text
        : throw new FormatException();
}
