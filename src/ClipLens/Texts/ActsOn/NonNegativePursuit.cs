using ClipLens.Compute;

namespace ClipLens.Texts.ActsOn;

/// <summary>The texts of a neuron after a step of its pursuit, in the order in which they were taken.</summary>
/// <param name="Texts">Places in the pool.</param>
/// <param name="Coefficients">Their coefficients on the atoms, all above 0.</param>
internal sealed record ActingStep(int[] Texts, double[] Coefficients);

/// <summary>
/// Matching pursuit with coefficients that are not negative: at every step the atom of the largest positive correlation with what is left,
/// then the coefficients of all chosen atoms anew by least squares under that condition (Lawson and Hanson). An atom that the others make
/// superfluous is dropped. In double precision.
/// </summary>
/// <param name="width">Width d of the joint space.</param>
/// <param name="steps">Steps at most.</param>
/// <param name="isVisible">Which texts name something that a person can see.</param>
internal sealed class NonNegativePursuit(int width, int steps, IReadOnlyList<bool> isVisible) : IPursuit
{
    /// <summary>Two texts whose correlations differ by less than this share are equally good: then the one that a person can see is
    /// taken.</summary>
    public const float Tie = 0.02f;

    /// <summary>A correlation or residual below this share of the whole is rounding of the float32 input.</summary>
    private const double Vanishing = 1e-6;

    private readonly double[] vector = new double[width], residual = new double[width];
    private readonly List<double[]> atoms = [];
    private readonly List<int> chosen = [];
    private List<double> coefficients = [];
    private readonly List<ActingStep> taken = [];
    private double norm;

    /// <inheritdoc/>
    public bool Finished { get; private set; }

    /// <inheritdoc/>
    public double ResidualNorm { get; private set; }

    /// <inheritdoc/>
    public ContestRule Rule => new(IsSigned: true, Tie);

    /// <summary>What was chosen after each step.</summary>
    public IReadOnlyList<ActingStep> Steps => taken;

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<float> vector)
    {
        atoms.Clear();
        chosen.Clear();
        taken.Clear();
        coefficients.Clear();
        Vectors.Widen(vector, this.vector);
        this.vector.CopyTo(residual, 0);
        norm = ResidualNorm = Math.Sqrt(Vectors.Dot(residual, residual));
        Finished = norm == 0;
    }

    /// <inheritdoc/>
    public void CopyResidual(Span<float> to) => Vectors.Narrow(residual, to);

    /// <summary>Of these atoms the one of the largest correlation with the residual, the first of equals; rather one that can be
    /// seen.</summary>
    public void Step(IEnumerable<int> contenders, FloatRows dictionary)
    {
        var (any, seen) = ((Atom: -1, Value: Vanishing * norm), (Atom: -1, Value: Vanishing * norm));
        double[] atom = new double[width];
        foreach (int contender in contenders)
        {
            if (chosen.Contains(contender)) continue;
            Vectors.Widen(dictionary[contender], atom);
            double value = Vectors.Dot(atom, residual);
            if (value > any.Value) any = (contender, value);
            if (isVisible[contender] && value > seen.Value) seen = (contender, value);
        }
        int best = seen.Atom >= 0 && seen.Value >= (1 - Tie) * any.Value ? seen.Atom : any.Atom;
        if (best >= 0) Add(best, dictionary[best]);
        Finished = best < 0 || taken.Count == steps || ResidualNorm <= Vanishing * norm;
    }

    private void Add(int atom, ReadOnlySpan<float> values)
    {
        double[] wide = new double[width];
        Vectors.Widen(values, wide);
        atoms.Add(wide);
        chosen.Add(atom);
        coefficients.Add(0);
        Fit();
        vector.CopyTo(residual, 0);
        for (int i = 0; i < atoms.Count; i++) Vectors.AddScaled(residual, -coefficients[i], atoms[i]);
        ResidualNorm = Math.Sqrt(Vectors.Dot(residual, residual));
        taken.Add(new([.. chosen], [.. coefficients]));
    }

    /// <summary>Least squares under the condition: walks from the present coefficients to the free solution, and where one reaches 0 drops
    /// its atom.</summary>
    private void Fit()
    {
        while (atoms.Count > 0)
        {
            double[] free = SmallSystem.Solve(Gram(), [.. atoms.Select(atom => Vectors.Dot(atom, vector))]);
            double step = 1;
            int blocking = -1;
            for (int i = 0; i < free.Length; i++)
            {
                if (free[i] > 0) continue;
                double reach = coefficients[i] / (coefficients[i] - free[i]);
                if (!(reach < step)) continue;
                (step, blocking) = (reach, i);
            }
            coefficients = [.. coefficients.Select((own, i) => own + step * (free[i] - own))];
            if (blocking < 0) return;
            atoms.RemoveAt(blocking);
            chosen.RemoveAt(blocking);
            coefficients.RemoveAt(blocking);
        }
    }

    private double[,] Gram()
    {
        var gram = new double[atoms.Count, atoms.Count];
        for (int i = 0; i < atoms.Count; i++)
            for (int j = 0; j <= i; j++) gram[i, j] = gram[j, i] = Vectors.Dot(atoms[i], atoms[j]);
        return gram;
    }
}
