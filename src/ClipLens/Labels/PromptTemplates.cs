using ClipLens.Files;
using ClipLens.Models.Hub;

namespace ClipLens.Labels;

/// <summary>Sentences around a class name; {} stands for the name.</summary>
public static class PromptTemplates
{
    /// <summary>The place of the class name.</summary>
    public const string Place = "{}";

    /// <summary>A short set that serves most images.</summary>
    public static IReadOnlyList<string> Default { get; } =
    [
        "a photo of a {}.", "a close-up photo of a {}.", "a photo of one {}.", "a photo of many {}.", "a photo of the small {}.",
        "a photo of the large {}.", "a blurry photo of a {}.", "a drawing of a {}.",
    ];

    /// <summary>Reads templates, one a line.</summary>
    /// <exception cref="ClipLensException">The file cannot be read, or a line lacks the place of the name.</exception>
    public static IReadOnlyList<string> Read(string path) => [.. TextLines.Read(PublishedTexts.Find(path),
        "templates, one a line, with {} for the class name").Select(line => line.Text.Contains(Place, StringComparison.Ordinal) ? line.Text
            : throw new ClipLensException($"{path} line {line.Number} is no template: '{Shown(line.Text)}' lacks the "
            + $"{{}} that the class name replaces."))];

    /// <summary>The sentence for a name.</summary>
    public static string Fill(string template, string name) => template.Replace(Place, name, StringComparison.Ordinal);

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
