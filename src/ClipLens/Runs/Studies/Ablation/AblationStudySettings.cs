using ClipLens.Ablation;
using ClipLens.Runs.Settings;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>What <see cref="AblationStudy.Run"/> is to do.</summary>
public sealed record AblationStudySettings
{
    /// <summary>Layers of the run, one ablation each; all that it has for <see cref="LayerSelection.All"/>.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>Whether these layers are also ablated all together.</summary>
    public bool IsJoint { get; init; }

    /// <summary>The text pool; the run's first if null.</summary>
    public string? Pool { get; init; }

    /// <summary>Texts a neuron, an ablation for each; the run's tables if null. Sizes that the run lacks are made and not stored.</summary>
    public IReadOnlyList<int>? Sizes { get; init; }

    /// <summary>Whether effects are also projected as the paper's released code does, without dividing by the squared length of the texts'
    /// direction.</summary>
    public bool WithReleasedProjection { get; init; }

    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Bytes for tables; with less there are more passes over the images.</summary>
    public long MemoryBudget { get; init; } = new AblationSettings().MemoryBudget;

    /// <summary>Draws of the bootstrap for the confidence intervals.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>Seed of the bootstrap and of the random descriptions.</summary>
    public ulong Seed { get; init; }
}
