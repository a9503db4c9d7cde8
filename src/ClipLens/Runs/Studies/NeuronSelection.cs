using ClipLens.Runs.Settings;
using ClipLens.Texts;

namespace ClipLens.Runs.Studies;

/// <summary>Which neurons of a run, with which of their texts.</summary>
public sealed record NeuronSelection
{
    /// <summary>The layers; all of the run by default.</summary>
    public LayerSelection Layers { get; init; } = LayerSelection.All;

    /// <summary>Name of the text pool; the run's first if null.</summary>
    public string? Pool { get; init; }

    /// <summary>Texts a neuron; the largest number that all these layers have if null.</summary>
    public int? Size { get; init; }

    /// <summary>Reads them from a run.</summary>
    /// <returns>The neurons; the caller owns them.</returns>
    /// <exception cref="ClipLensException">The run has no such layer, pool or table.</exception>
    public DescribedNeurons Read(RunDirectory run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Described(run.Resolve(Layers), Pool, Size);
    }
}
