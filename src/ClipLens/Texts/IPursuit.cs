namespace ClipLens.Texts;

/// <summary>A greedy pursuit of one vector, that takes one atom after the other; <see cref="PursuitBatches"/> runs many side by
/// side.</summary>
internal interface IPursuit
{
    /// <summary>Whether nothing is left to add.</summary>
    bool Finished { get; }

    /// <summary>Length of the present residual.</summary>
    double ResidualNorm { get; }

    /// <summary>Which atoms contend for the next step.</summary>
    ContestRule Rule { get; }

    /// <summary>Begins the pursuit of another vector in the same memory.</summary>
    void Begin(ReadOnlySpan<float> vector);

    /// <summary>Copies the present residual, [d].</summary>
    void CopyResidual(Span<float> to);

    /// <summary>Takes the next atom, one of those that contend.</summary>
    void Step(IEnumerable<int> contenders, FloatRows dictionary);
}

/// <summary>Which atoms contend for a step of a pursuit.</summary>
/// <param name="IsSigned">Whether only atoms along the residual count, not those against it.</param>
/// <param name="Share">Atoms whose correlation falls short of the largest by less than this share of it contend too.</param>
internal readonly record struct ContestRule(bool IsSigned, float Share);
