using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipLens.Files;

/// <summary>Files of results as JSON.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes an object, whole or not at all.</summary>
    public static void Save(string path, JsonObject root) => AtomicFile.Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(root, Indented), (byte)'\n']);

    /// <summary>A number of so many digits; null for NaN, which JSON has not.</summary>
    public static JsonNode? Number(double value, int digits = 4) => double.IsFinite(value) ? JsonValue.Create(Math.Round(value, digits)) : null;
}
