using ClipLens.Ablation;
using ClipLens.Runs.Settings;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>What <see cref="DescriptionStudy"/> does.</summary>
public sealed record DescriptionStudySettings
{
    /// <summary>Layers of the run; all that it has if left out.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>The text pool; the run's first if null.</summary>
    public string? Pool { get; init; }

    /// <summary>Texts a neuron of the table that says what neurons write; the smallest of at least eight if null.</summary>
    public int? Size { get; init; }

    /// <summary>Names of the methods; all if null.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Bytes for the tables of a pass.</summary>
    public long MemoryBudget { get; init; } = new AblationSettings().MemoryBudget;

    /// <summary>Seed of random texts, partners and sanity tests.</summary>
    public ulong Seed { get; init; }
}
