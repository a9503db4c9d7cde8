using System.Text.Json;

namespace ClipLens.Files;

/// <summary>Small JSON files that others wrote. Whatever they hold, reading one ends in a value or in a sentence.</summary>
internal static class JsonFile
{
    /// <summary>What a config may have; real ones have some kilobytes.</summary>
    public const int LongestConfig = 256 * 1024;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Takes what it wants from the root.</param>
    /// <param name="limit">The most bytes that the file may have.</param>
    /// <exception cref="ClipLensException">It cannot be read, is too long or no valid JSON, names something twice or holds what is no text.</exception>
    public static T Read<T>(string path, Func<JsonElement, T> read, int limit = LongestConfig)
    {
        byte[] bytes = FileErrors.ReadAll(path, limit);
        try
        {
            using var json = JsonDocument.Parse(Text(bytes), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return read(json.RootElement);
        }
        catch (JsonException error)
        {
            // The parser's own words quote the file at length.
            string what = error.Message.Contains("uplicate", StringComparison.Ordinal) ? "it names something twice" : $"line {(error.LineNumber ?? 0) + 1} is damaged";
            throw new ClipLensException($"{path} is not valid JSON: {what}; get the file again.", error);
        }
        // Half of a surrogate pair is valid JSON, but no text; nor are bytes outside UTF-8.
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new ClipLensException($"{path} is not valid JSON: it holds a text with damaged characters, or something of another type than belongs there.", error);
        }
    }

    private static ReadOnlyMemory<byte> Text(byte[] bytes) => bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
}
