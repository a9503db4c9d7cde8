using ClipLens.Compute;

namespace ClipLens.Runs.Studies;

/// <summary>The run that is studied, and the labelled images that it is studied on.</summary>
public sealed record StudySettings
{
    /// <summary>The run directory.</summary>
    public required string Run { get; init; }

    /// <summary>
    /// Labelled images that the run has not seen: a folder, searched recursively, or a text file with one path a line; without
    /// <see cref="Labels"/> a folder with a folder a class.
    /// </summary>
    public required string Images { get; init; }

    /// <summary>Their classes: a file with the columns <c>file,label</c>; their folders are their classes if null.</summary>
    public string? Labels { get; init; }

    /// <summary>A file with the names of the classes, one a line; the folders' names if null.</summary>
    public string? Classes { get; init; }

    /// <summary>A file with sentences around a class name, one a line, {} for the name; a short set of our own if null.</summary>
    public string? Templates { get; init; }

    /// <summary>Where the run's checkpoint is now, or its name; where it was if null.</summary>
    public string? Model { get; init; }

    /// <summary>The folder where the run's images are now; where they were if null.</summary>
    public string? RunImages { get; init; }

    /// <summary>Threads; the number of cores if null. The results do not depend on it.</summary>
    public int? Workers { get; init; }

    /// <summary>Where the model computes; the processor, in float32, if null.</summary>
    public Placement? Placement { get; init; }
}
