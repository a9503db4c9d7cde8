namespace ClipLens.Editing.Searching;

/// <summary>What a search may do.</summary>
public sealed record SearchSettings
{
    /// <summary>Percentage points of accuracy that may be lost.</summary>
    public double AtMost { get; init; } = 1;

    /// <summary>Passes over the images that the search may take, each of them an edit that is tried.</summary>
    public int Passes { get; init; } = 60;

    /// <summary>Units at most that are edited; if null 200, and any number where factors are fitted. Fitted, these are the units whose
    /// factors move most when all are free, fitted on by themselves.</summary>
    public int? Most { get; init; }

    /// <summary>What a chosen unit's deviation from its mean is multiplied by.</summary>
    public double Factor { get; init; }

    /// <summary>Against cues: whether factors are fitted for all neurons and heads of the last layers at once, on images with exchanged
    /// scenes, instead of units tried one after another.</summary>
    public bool IsFitted { get; init; }

    /// <summary>Seed of what is drawn: which images are searched on, the baselines.</summary>
    public ulong Seed { get; init; }
}
