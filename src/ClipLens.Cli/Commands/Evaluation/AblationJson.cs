using System.Text.Json.Nodes;
using ClipLens.Files;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>Numbers and files as the commands write them.</summary>
internal static class AblationJson
{
    /// <summary>Writes an object, whole or not at all.</summary>
    public static void Save(string path, JsonObject root) => JsonFile.Write(path, root);

    /// <summary>A number of so many digits; null for NaN, which JSON has not.</summary>
    public static JsonNode? Number(double value, int digits = 4) => JsonFile.Number(value, digits);
}
