using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipLens.Files;

/// <summary>Results as JSON files, indented and with numbers of as many digits as mean something.</summary>
public static class JsonFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes an object, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="root">Its content.</param>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Write(string path, JsonObject root) => AtomicFile.Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(root,
        Indented), (byte)'\n']);

    /// <summary>A number of so many digits behind the point; null for NaN and infinity, which JSON has not.</summary>
    public static JsonNode? Number(double value, int digits = 4) => double.IsFinite(value) ? JsonValue.Create(Math.Round(value, digits))
        : null;
}
