namespace ClipLens.Effects;

/// <summary>Ways in which a neuron acts on the output (paper, Section 3).</summary>
public enum EffectKind
{
    /// <summary>Straight through the residual stream.</summary>
    FirstOrder,

    /// <summary>Through the values of later attention heads.</summary>
    SecondOrder,

    /// <summary>Through everything: the output's change when the neuron is replaced by its mean.</summary>
    Indirect,
}
