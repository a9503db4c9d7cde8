using ClipLens.Compute;

namespace ClipLens.Texts;

/// <summary>
/// The orthogonal matching pursuit of one direction x, in double precision. The chosen atoms are kept as A = Q R, Q with
/// orthonormal columns and R upper triangular: the residual is what Q leaves of x, and the coefficients of the first s atoms
/// solve R[:s,:s] c = Q[:,:s]^T x, for every s from one run.
/// </summary>
internal sealed class NeuronPursuit : IPursuit
{
    /// <summary>A residual, or what is new in an atom, below this share of the whole is rounding of the float32 input.</summary>
    private const double Vanishing = 1e-6;

    private readonly int width;
    private readonly int atoms;
    private readonly double[] residual;
    private readonly double[] basis;
    private readonly double[] triangle;
    private readonly double[] projections;
    private readonly double[] residualNorms;
    private readonly double[] atom;
    private readonly int[] chosen;
    private double norm;

    public NeuronPursuit(int width, int atoms)
    {
        (this.width, this.atoms) = (width, atoms);
        residual = new double[this.width];
        atom = new double[this.width];
        basis = new double[atoms * this.width];
        triangle = new double[atoms * atoms];
        projections = new double[atoms];
        chosen = new int[atoms];
        residualNorms = new double[atoms + 1];
    }

    public ContestRule Rule => default;

    public void Begin(ReadOnlySpan<float> direction)
    {
        Count = 0;
        Array.Clear(triangle);
        Vectors.Widen(direction, residual);
        norm = residualNorms[0] = Math.Sqrt(Vectors.Dot(residual, residual));
        Finished = norm == 0;
    }

    /// <summary>Atoms chosen so far.</summary>
    public int Count { get; private set; }

    public bool Finished { get; private set; }

    public double ResidualNorm => residualNorms[Count];

    public void CopyResidual(Span<float> to) => Vectors.Narrow(residual, to);

    /// <summary>Of these atoms the one of the largest correlation with the residual, the first of equals.</summary>
    public void Step(IEnumerable<int> contenders, FloatRows dictionary)
    {
        int best = -1;
        double largest = 0;
        foreach (int atom in contenders)
        {
            if (chosen.AsSpan(0, Count).Contains(atom)) continue;
            Vectors.Widen(dictionary[atom], this.atom);
            double magnitude = Math.Abs(Vectors.Dot(this.atom, residual));
            if (magnitude > largest) (best, largest) = (atom, magnitude);
        }
        Finished = best < 0 || !TryAdd(best, dictionary[best]) || Count == atoms || ResidualNorm <= Vanishing * norm;
    }

    /// <summary>The atoms and their coefficients when the first <paramref name="size"/> are used; -1 and 0 where the pursuit ended
    /// earlier.</summary>
    /// <returns>The length of what they leave of the direction.</returns>
    public double Read(int size, Span<int> indices, Span<float> coefficients)
    {
        int count = Math.Min(size, Count);
        indices.Fill(-1);
        coefficients.Clear();
        double[] solution = new double[count];
        for (int row = count - 1; row >= 0; row--)
        {
            double rest = projections[row];
            for (int column = row + 1; column < count; column++) rest -= triangle[row * atoms + column] * solution[column];
            solution[row] = rest / triangle[row * atoms + row];
            (indices[row], coefficients[row]) = (chosen[row], (float)solution[row]);
        }
        return residualNorms[count];
    }

    private bool TryAdd(int atom, ReadOnlySpan<float> values)
    {
        Vectors.Widen(values, this.atom);
        double length = Math.Sqrt(Vectors.Dot(this.atom, this.atom));
        // Once is not enough where an atom lies near the span of the others; twice is.
        Orthogonalise();
        Orthogonalise();
        double rest = Math.Sqrt(Vectors.Dot(this.atom, this.atom));
        if (rest <= Vanishing * length) return false;
        var direction = basis.AsSpan(Count * width, width);
        direction.Clear();
        Vectors.AddScaled(direction, 1 / rest, this.atom);
        double projection = Vectors.Dot(direction, residual);
        Vectors.AddScaled(residual, -projection, direction);
        triangle[Count * atoms + Count] = rest;
        projections[Count] = projection;
        chosen[Count++] = atom;
        residualNorms[Count] = Math.Sqrt(Vectors.Dot(residual, residual));
        return true;
    }

    /// <summary>Takes the share of the basis out of the new atom and notes it in the triangle.</summary>
    private void Orthogonalise()
    {
        for (int i = 0; i < Count; i++)
        {
            var direction = basis.AsSpan(i * width, width);
            double share = Vectors.Dot(direction, atom);
            Vectors.AddScaled(atom, -share, direction);
            triangle[i * atoms + Count] += share;
        }
    }
}
