namespace ClipLens.Runs.Parts;

/// <summary>What <see cref="ShardedAnalysis.RunPart"/> did.</summary>
public sealed record ShardResult
{
    /// <summary>The part.</summary>
    public required Shard Shard { get; init; }

    /// <summary>Images that count for it, those that could not be read included.</summary>
    public required int Images { get; init; }

    /// <summary>Images of them that could not be read.</summary>
    public required int Unreadable { get; init; }

    /// <summary>Whether the part was done already.</summary>
    public required bool WasComplete { get; init; }

    /// <summary>What a person should know about the inputs, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Time that this call took.</summary>
    public required TimeSpan Elapsed { get; init; }
}
