using ClipLens.Runs.Settings;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>What <see cref="SensitivityStudy.Run"/> is to do.</summary>
public sealed record SensitivitySettings
{
    /// <summary>Layers of the run; all that it has for <see cref="LayerSelection.All"/>.</summary>
    public required LayerSelection Layers { get; init; }

    /// <summary>Numbers of top images beside the run's own; they take another pass over the run's images.</summary>
    public IReadOnlyList<TopCount> Tops { get; init; } = [TopCount.Parse("1%"), TopCount.Parse("5%")];

    /// <summary>Texts a neuron.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [4, 8, 16, 32, 64];

    /// <summary>Text pools of the run; all if null.</summary>
    public IReadOnlyList<string>? Pools { get; init; }

    /// <summary>Draws of the bootstrap for the confidence intervals.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>Seed of the bootstrap.</summary>
    public ulong Seed { get; init; }
}
