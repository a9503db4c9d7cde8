using ClipLens.Compute;

namespace ClipLens.Texts;

/// <summary>
/// The atoms that may have the largest correlation with a residual, collected from correlations in single precision: all that
/// come closer to the largest than rounding can tell. Almost always there is one.
/// </summary>
internal sealed class Contenders
{
    private readonly List<(int Atom, float Magnitude)> atoms = [];
    private float best;
    private float margin;
    private ContestRule rule;

    private float Least => best - rule.Share * best - margin;

    /// <summary>Begins anew; magnitudes less than <paramref name="margin"/> apart count as equal.</summary>
    public void Reset(float margin, ContestRule rule)
    {
        atoms.Clear();
        best = 0;
        (this.margin, this.rule) = (margin, rule);
    }

    /// <summary>Takes in the correlations of the atoms from <paramref name="first"/> on.</summary>
    public void Offer(ReadOnlySpan<float> correlations, int first)
    {
        float largest = rule.IsSigned ? Vectors.Largest(correlations) : Vectors.LargestMagnitude(correlations);
        if (largest < Least) return;
        best = MathF.Max(best, largest);
        float least = Least;
        for (int i = 0; i < correlations.Length; i++)
        {
            float magnitude = rule.IsSigned ? correlations[i] : MathF.Abs(correlations[i]);
            if (magnitude >= least) atoms.Add((first + i, magnitude));
        }
    }

    /// <summary>The atoms in the end, in the order of the pool.</summary>
    public IEnumerable<int> Atoms()
    {
        foreach (var (atom, magnitude) in atoms)
        {
            if (magnitude >= Least) yield return atom;
        }
    }
}
