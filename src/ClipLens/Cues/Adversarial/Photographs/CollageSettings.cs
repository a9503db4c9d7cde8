using ClipLens.Labels;
using ClipLens.Models.Images;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>How pictures are made of photographs.</summary>
public sealed record CollageSettings
{
    /// <summary>The class that the photographs show.</summary>
    public required string True { get; init; }

    /// <summary>The class that no photograph may show.</summary>
    public required string Fooled { get; init; }

    /// <summary>The photographs as the model has seen them already, with which none of them is passed through it again; it stays the
    /// caller's.</summary>
    public SeenImages? Seen { get; init; }

    /// <summary>Photographs of the true class; found among all photographs if null.</summary>
    public IReadOnlyList<ImageEntry>? Bases { get; init; }

    /// <summary>Names of classes among which a photograph must fit the true one best to be found as one of it; none are asked if
    /// null.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>The most photographs of the true class to use: those where it is seen most clearly.</summary>
    public int MostBases { get; init; } = 200;

    /// <summary>Photographs that show a cue: an object is cut out of them, or they are the scene.</summary>
    public int DonorsPerCue { get; init; } = 3;

    /// <summary>Decides the order of the photographs.</summary>
    public ulong Seed { get; init; }

    /// <summary>Templates of the classes; <see cref="PromptTemplates.Default"/> if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>Whether photographs are turned upright as their EXIF data says.</summary>
    public bool ApplyOrientation { get; init; }

    /// <summary>Photographs in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }
}
