using ClipLens.Models.Images;

namespace ClipLens.Editing.Measuring;

/// <summary>What an edit is measured on.</summary>
public sealed record MeasuredImages
{
    /// <summary>The images.</summary>
    public required IReadOnlyList<ImageEntry> Entries { get; init; }

    /// <summary>Their classes, from 0; null where nothing names them.</summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>The classes' names; as many as the labels need.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Sentences around a class name; a short set of our own if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>The group of each image; null for none, or where an image is in none.</summary>
    public IReadOnlyList<string?>? Groups { get; init; }

    /// <summary>The caption of each image; null for none, or where an image has none.</summary>
    public IReadOnlyList<string?>? Captions { get; init; }

    /// <summary>Whether the images are turned upright as their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; }

    /// <summary>Some of the images, with what belongs to them.</summary>
    public MeasuredImages Only(IReadOnlyList<int> indices) => this with
    {
        Entries = [.. indices.Select(i => Entries[i])],
        Labels = Labels is null ? null : [.. indices.Select(i => Labels[i])],
        Groups = Groups is null ? null : [.. indices.Select(i => Groups[i])],
        Captions = Captions is null ? null : [.. indices.Select(i => Captions[i])],
    };
}
