using ClipLens.Segmentation;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>How classes are found in images with a run.</summary>
public sealed record SegmentationStudySettings
{
    /// <summary>Settings of the methods.</summary>
    public SegmentationSettings Methods { get; init; } = new();

    /// <summary>Name of the run's text pool by which it is judged whether a class is there; its first if null.</summary>
    public string? Pool { get; init; }

    /// <summary>Templates with {} for the class's name; the default ones if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }

    /// <summary>The pool's name in a run; null if the run has none and none was asked for.</summary>
    public string? PoolIn(RunDirectory run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Pool ?? run.FirstPool;
    }
}
