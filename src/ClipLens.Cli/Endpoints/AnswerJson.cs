using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipLens.Cli.Endpoints;

/// <summary>JSON that an endpoint or its model wrote: whatever it is, reading from it never fails.</summary>
internal static class AnswerJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The object; null where the text is no JSON, another thing than an object, names a property twice, or holds a text that is
    /// none (half of a surrogate pair).</summary>
    public static JsonObject? Parse(string text)
    {
        try
        {
            var root = JsonNode.Parse(text, null, Strict) as JsonObject;
            // Names and texts are decoded where they are first looked at; all are now.
            if (root is not null) Visit(root);
            return root;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Visit(JsonNode? node)
    {
        if (node is JsonObject properties) foreach (var (_, value) in properties) Visit(value);
        else if (node is JsonArray items) foreach (var item in items) Visit(item);
        else if (node is JsonValue value) value.TryGetValue(out string? _);
    }
}
