using System.Text.Json.Nodes;

namespace ClipLens.Tests.Support;

/// <summary>A JSON text with one of its values missing, of another kind or without bounds: every value in turn.</summary>
internal static class JsonFaults
{
    private const string Mark = "a value to be changed";

    private static readonly string[] Values =
    [
        "null", "true", "-1", "0.5", "7", "1e300", "1e999", "9007199254740993", "\"\"", "\"x\"", "\"\\ud800\"", "\"../../x\"", "[]", "{}",
            "[null]",
        "[[]]", "{\"x\": null}", "{\"x\": {}}", $"\"{new string('x', 3000)}\"", $"{new string('[', 100)}{new string(']', 100)}",
        // What stands twice.
        "1, \"NAME\": 2",
    ];

    /// <summary>All changed texts, each with what was changed.</summary>
    /// <param name="json">The text.</param>
    /// <param name="first">Of lists only so many entries are changed.</param>
    public static IEnumerable<(string What, string Text)> All(string json, int first = 2)
    {
        foreach (var path in Paths(JsonNode.Parse(json)!, [], first).ToList())
        {
            var root = JsonNode.Parse(json)!;
            yield return ($"without {string.Join('.', path)}", Changed(root, path, isRemoved: true));
            string marked = Changed(JsonNode.Parse(json)!, path, isRemoved: false);
            foreach (string value in Values)
                yield return ($"{string.Join('.', path)} is {value[..Math.Min(30, value.Length)]}",
                    marked.Replace($"\"{Mark}\"", value.Replace("NAME", $"{path[^1]}", StringComparison.Ordinal),
                    StringComparison.Ordinal));
        }
    }

    private static IEnumerable<object[]> Paths(JsonNode node, object[] here, int first)
    {
        IEnumerable<(object Key, JsonNode? Value)> members = node switch
        {
            JsonObject own => own.Select(member => ((object)member.Key, member.Value)),
            JsonArray list => list.Take(first).Select((value, i) => ((object)i, value)),
            _ => [],
        };
        foreach (var (key, value) in members.ToList())
        {
            object[] path = [.. here, key];
            yield return path;
            if (value is null) continue;
            foreach (object[] below in Paths(value, path, first)) yield return below;
        }
    }

    private static string Changed(JsonNode root, object[] path, bool isRemoved)
    {
        var parent = path[..^1].Aggregate(root, (node, key) => key is int place ? node[place]! : node[(string)key]!);
        if (parent is JsonArray list)
        {
            if (isRemoved) list.RemoveAt((int)path[^1]);
            else list[(int)path[^1]] = Mark;
        }
        else if (isRemoved) parent.AsObject().Remove((string)path[^1]);
        else parent[(string)path[^1]] = Mark;
        return root.ToJsonString();
    }
}
