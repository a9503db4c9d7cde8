using ClipLens.Models.Images;

namespace ClipLens.Labels;

/// <summary>Images whose classes are known.</summary>
/// <param name="Entries">The images.</param>
/// <param name="Labels">Their classes, from 0, in the same order.</param>
/// <param name="Unlabelled">Images that were left out because nothing names their class.</param>
public sealed record LabelledImages(IReadOnlyList<ImageEntry> Entries, IReadOnlyList<int> Labels, int Unlabelled)
{
    /// <summary>What was found beside the classes and left out, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
