using ClipLens.Compute;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Units;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>What is edited in a model, and what the edit is measured on.</summary>
public sealed record EditSettings
{
    /// <summary>The checkpoint's folder or weight file; that of the run if null.</summary>
    public string? Model { get; init; }

    /// <summary>Where the model computes; the processor, in float32, if null.</summary>
    public Placement? Placement { get; init; }

    /// <summary>A run of the model: for neurons that are found by words, and for the images that means are taken over.</summary>
    public string? Run { get; init; }

    /// <summary>The new folder that the edited checkpoint is written to.</summary>
    public required string Output { get; init; }

    /// <summary>Units that are named.</summary>
    public IReadOnlyList<UnitChange> Changes { get; init; } = [];

    /// <summary>Texts whose neurons are turned down.</summary>
    public IReadOnlyList<string> Suppress { get; init; } = [];

    /// <summary>Texts whose neurons are turned up.</summary>
    public IReadOnlyList<string> Amplify { get; init; } = [];

    /// <summary>Neurons at most that are found by a text.</summary>
    public int Most { get; init; } = 10;

    /// <summary>What the deviation of suppressed neurons is multiplied by.</summary>
    public double SuppressFactor { get; init; }

    /// <summary>What the deviation of amplified neurons is multiplied by.</summary>
    public double AmplifyFactor { get; init; } = 2;

    /// <summary>Which mean takes the place of what is taken away; the one that hurts less, measured, if null.</summary>
    public EditMean? Mean { get; init; }

    /// <summary>Images that the means are taken over: a folder or a list; <see cref="Images"/> if null, or the run's.</summary>
    public string? MeanImages { get; init; }

    /// <summary>Images that the edit is measured on: a folder or a list; it is not measured if null.</summary>
    public string? Images { get; init; }

    /// <summary>Their classes: a file with the columns <c>file,label</c>; their folders are their classes if null.</summary>
    public string? Labels { get; init; }

    /// <summary>Images that a search does not look at and that its edit is reported on; half of <see cref="Images"/> if null.</summary>
    public string? ReportImages { get; init; }

    /// <summary>Their classes, as <see cref="Labels"/>; their folders are their classes if null.</summary>
    public string? ReportLabels { get; init; }

    /// <summary>A file with the names of the classes; the folders' names if null.</summary>
    public string? Classes { get; init; }

    /// <summary>A file with sentences around a class name; a short set of our own if null.</summary>
    public string? Templates { get; init; }

    /// <summary>A file with the columns <c>file,group</c>; the group with the lowest accuracy is told.</summary>
    public string? Groups { get; init; }

    /// <summary>A file with the columns <c>file,caption</c>; the retrieval of these captions is measured.</summary>
    public string? Captions { get; init; }

    /// <summary>Whether wrong classes' names are written on the images, and how often that fools is measured before and after.</summary>
    public bool IsAttacked { get; init; }

    /// <summary>A picture to draw of images with such names and what they are taken for; none if null.</summary>
    public string? Sheet { get; init; }

    /// <summary>Whether neurons and heads are looked for without which such words fool less.</summary>
    public bool IsDefended { get; init; }

    /// <summary>Classes and what is to count less for them; the neurons and heads that carry it are looked for.</summary>
    public IReadOnlyList<CuePair> Against { get; init; } = [];

    /// <summary>How neurons and heads are looked for.</summary>
    public SearchSettings Search { get; init; } = new();

    /// <summary>Draws of the bootstrap.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>Seed of whatever is drawn at random.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; the number of cores if null. The results do not depend on it.</summary>
    public int? Workers { get; init; }
}
