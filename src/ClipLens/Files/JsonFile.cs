using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipLens.Files;

/// <summary>
/// JSON files: our results, indented and with numbers of as many digits as mean something; and small files that others wrote, whose reading
/// ends in a value or in a sentence, whatever they hold.
/// </summary>
public static class JsonFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes an object, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="root">Its content.</param>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Write(string path, JsonObject root) =>
        AtomicFile.Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(root, Indented), (byte)'\n']);

    /// <summary>A number of so many digits behind the point; null for NaN and infinity, which JSON has not.</summary>
    public static JsonNode? Number(double value, int digits = 4) => double.IsFinite(value) ? JsonValue.Create(Math.Round(value, digits))
        : null;

    /// <summary>Names that stand twice are an error at once, not when they are asked for.</summary>
    internal static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>What a config may have; real ones have some kilobytes.</summary>
    internal const int LongestConfig = 256 * 1024;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Takes what it wants from the root.</param>
    /// <param name="limit">The most bytes that the file may have.</param>
    /// <exception cref="ClipLensException">It cannot be read, is too long or no valid JSON, names something twice or holds what is no
    /// text.</exception>
    internal static T Read<T>(string path, Func<JsonElement, T> read, int limit = LongestConfig)
    {
        byte[] bytes = FileErrors.ReadAll(path, limit);
        try
        {
            using var json = JsonDocument.Parse(Text(bytes), Strict);
            return read(json.RootElement);
        }
        catch (JsonException error)
        {
            // The parser's own words quote the file at length.
            string what = error.Message.Contains("uplicate", StringComparison.Ordinal) ? "it names something twice"
                : $"line {(error.LineNumber ?? 0) + 1} is damaged";
            throw new ClipLensException($"{path} is not valid JSON: {what}; get the file again.", error);
        }
        // Half of a surrogate pair is valid JSON, but no text; nor are bytes outside UTF-8.
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new ClipLensException($"{path} is not valid JSON: it holds a text with damaged characters, or something of another "
                + "type than belongs there.", error);
        }
        catch (Exception error) when (error is KeyNotFoundException or FormatException or OverflowException)
        {
            throw new ClipLensException($"{path} is not of the kind that belongs here: it lacks something, or has a number or a text "
                + "that cannot stand where it does; get the file again.", error);
        }
    }

    private static ReadOnlyMemory<byte> Text(byte[] bytes) => bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
}
