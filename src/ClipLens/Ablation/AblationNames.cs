namespace ClipLens.Ablation;

/// <summary>What ablations of a layer are called in results (paper, Section 3.3 and Figures 3 and 4).</summary>
public static class AblationNames
{
    /// <summary>The model as it is.</summary>
    public const string Baseline = "baseline";

    /// <summary>Every effect is replaced by its mean.</summary>
    public const string WithoutAll = "without_all";

    /// <summary>Effects whose centred norm is above the neuron's threshold are replaced by their means.</summary>
    public const string WithoutLarge = "without_large";

    /// <summary>Effects whose centred norm is at most the neuron's threshold are replaced by their means.</summary>
    public const string WithoutSmall = "without_small";

    /// <summary>Every effect is replaced by what lies along the neuron's direction.</summary>
    public const string FirstComponent = "first_component";

    /// <summary>The ablations that every layer gets, before those of its sets of directions.</summary>
    public static IReadOnlyList<string> Fixed { get; } = [WithoutAll, WithoutLarge, WithoutSmall];

    /// <summary>Every effect is replaced by what lies along the direction that so many texts reconstruct.</summary>
    /// <param name="size">Texts a neuron.</param>
    public static string SparseText(int size) => $"sparse_text {size}";

    /// <summary>The same with the released code's projection, which does not divide by the direction's squared length.</summary>
    /// <param name="size">Texts a neuron.</param>
    public static string SparseTextReleased(int size) => $"sparse_text_released {size}";
}
