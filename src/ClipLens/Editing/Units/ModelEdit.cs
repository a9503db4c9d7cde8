using ClipLens.Models.Configuration;

namespace ClipLens.Editing.Units;

/// <summary>What takes the place of the part of a unit's work that an edit takes away.</summary>
public enum EditMean
{
    /// <summary>Its mean at the class token, over images.</summary>
    ClassToken,

    /// <summary>Its mean over images and all tokens.</summary>
    AllTokens,

    /// <summary>Nothing: what it writes is multiplied by the factor and nothing else changes.</summary>
    None,
}

/// <summary>One change: a unit's deviation from its mean is multiplied by a factor.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Factor">0 takes it out, 0.5 halves it, 2 doubles it.</param>
public readonly record struct UnitChange(ModelUnit Unit, double Factor = 0);

/// <summary>
/// An edit of a model: changes that go into its weights exactly. A unit that writes W x becomes f W x + (1 - f) W m with m its mean: its
/// columns of the output matrix are multiplied by f and (1 - f) W m is added to the output's bias.
/// </summary>
/// <param name="Changes">The changes, a unit at most once.</param>
/// <param name="Mean">Which mean m is.</param>
public sealed record ModelEdit(IReadOnlyList<UnitChange> Changes, EditMean Mean)
{
    private const double LargestFactor = 1000;

    /// <summary>The layers that are touched, ascending.</summary>
    public IReadOnlyList<int> Layers => [.. Changes.Select(change => change.Unit.Layer).Distinct().Order()];

    /// <summary>Makes sure that a model has the units, and each once.</summary>
    /// <exception cref="ClipLensException">There is nothing to change, a unit is not there or named twice, or a factor is no
    /// number to multiply with.</exception>
    public void Check(VisionConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (Changes.Count == 0) throw new ClipLensException("There is nothing to edit; name at least one neuron or head.");
        foreach (var (unit, factor) in Changes)
        {
            string what = unit.IsHead ? "head" : "neuron";
            int count = unit.IsHead ? config.Heads : config.MlpWidth;
            if (unit.Layer < 0 || unit.Layer >= config.Layers)
                throw new ClipLensException($"The {what} {unit.Layer}:{unit.Index} is not there: the model's layers are numbered from 0 to "
                    + $"{config.Layers - 1}; choose one of them.");
            if (unit.Index < 0 || unit.Index >= count)
                throw new ClipLensException($"The {what} {unit.Layer}:{unit.Index} is not there: the {what}s of a layer are numbered from "
                    + $"0 to {count - 1}; choose one of them.");
            if (!(Math.Abs(factor) <= LargestFactor))
                throw new ClipLensException($"The factor of {unit} must be a number from {-LargestFactor} to {LargestFactor}; correct it.");
        }
        if (Changes.GroupBy(change => change.Unit).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ClipLensException($"The edit names {twice.Key} twice; leave one of them out.");
    }
}
