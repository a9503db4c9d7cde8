using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClipLens.Explorer.Data;

/// <summary>JSON files that other commands wrote beside a run; whoever made the run may have put anything there.</summary>
internal static class StudyFile
{
    // A name that stands twice would be an error only when it is asked for.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The content of a file; null where there is none, or it is a link, too long or no JSON.</summary>
    public static JsonNode? Read(string path, int mostBytes)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || (file.Attributes & FileAttributes.ReparsePoint) != 0 || file.Length > mostBytes) return null;
            return JsonNode.Parse(File.ReadAllBytes(path), null, Strict);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
