using ClipLens.Compute;

namespace ClipLens.Runs.Parts;

/// <summary>What <see cref="ShardedAnalysis.Merge"/> is to do. The parts say what they were made of; what has moved since is named
/// here.</summary>
public sealed record MergeSettings
{
    /// <summary>The run directory with its parts.</summary>
    public required string Run { get; init; }

    /// <summary>Where the checkpoint is now; as the first part says if null.</summary>
    public string? Model { get; init; }

    /// <summary>Where the images are now; as the first part says if null.</summary>
    public string? Images { get; init; }

    /// <summary>Where the text files are now; as the first part says if null.</summary>
    public IReadOnlyList<string>? TextFiles { get; init; }

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Where the model computes; the processor, in float32, if null.</summary>
    public Placement? Placement { get; init; }

    /// <summary>Whether the parts are kept when they are merged.</summary>
    public bool KeepParts { get; init; }
}
