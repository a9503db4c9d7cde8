namespace ClipLens.Texts;

/// <summary>
/// The orthogonal matching pursuit of one direction x, in double precision. The chosen atoms are kept as A = Q R, Q with
/// orthonormal columns and R upper triangular: the residual is what Q leaves of x, and the coefficients of the first s atoms
/// solve R[:s,:s] c = Q[:,:s]^T x, for every s from one run.
/// </summary>
internal sealed class NeuronPursuit
{
    /// <summary>A residual, or what is new in an atom, below this share of the whole is rounding of the float32 input.</summary>
    private const double Vanishing = 1e-6;

    private readonly int _width;
    private readonly int _atoms;
    private readonly double[] _residual;
    private readonly double[] _basis;
    private readonly double[] _triangle;
    private readonly double[] _projections;
    private readonly double[] _residualNorms;
    private readonly double[] _atom;
    private readonly int[] _chosen;
    private double _norm;

    public NeuronPursuit(int width, int atoms)
    {
        (_width, _atoms) = (width, atoms);
        _residual = new double[_width];
        _atom = new double[_width];
        _basis = new double[atoms * _width];
        _triangle = new double[atoms * atoms];
        _projections = new double[atoms];
        _chosen = new int[atoms];
        _residualNorms = new double[atoms + 1];
    }

    /// <summary>Begins the pursuit of another direction in the same memory.</summary>
    public void Begin(ReadOnlySpan<float> direction)
    {
        Count = 0;
        Array.Clear(_triangle);
        Vectors.Widen(direction, _residual);
        _norm = _residualNorms[0] = Math.Sqrt(Vectors.Dot(_residual, _residual));
        Finished = _norm == 0;
    }

    /// <summary>Atoms chosen so far.</summary>
    public int Count { get; private set; }

    /// <summary>Whether nothing is left to add: enough atoms, or nothing of the direction left.</summary>
    public bool Finished { get; private set; }

    /// <summary>Length of the present residual.</summary>
    public double ResidualNorm => _residualNorms[Count];

    public void CopyResidual(Span<float> to) => Vectors.Narrow(_residual, to);

    /// <summary>The next step: of these atoms the one of the largest correlation with the residual, the first of equals.</summary>
    public void Step(IEnumerable<int> contenders, FloatRows dictionary)
    {
        int best = -1;
        double largest = 0;
        foreach (int atom in contenders)
        {
            if (_chosen.AsSpan(0, Count).Contains(atom)) continue;
            Vectors.Widen(dictionary[atom], _atom);
            double magnitude = Math.Abs(Vectors.Dot(_atom, _residual));
            if (magnitude > largest) (best, largest) = (atom, magnitude);
        }
        Finished = best < 0 || !TryAdd(best, dictionary[best]) || Count == _atoms || ResidualNorm <= Vanishing * _norm;
    }

    /// <summary>The atoms and their coefficients when the first <paramref name="size"/> are used; -1 and 0 where the pursuit ended earlier.</summary>
    /// <returns>The length of what they leave of the direction.</returns>
    public double Read(int size, Span<int> indices, Span<float> coefficients)
    {
        int count = Math.Min(size, Count);
        indices.Fill(-1);
        coefficients.Clear();
        double[] solution = new double[count];
        for (int row = count - 1; row >= 0; row--)
        {
            double rest = _projections[row];
            for (int column = row + 1; column < count; column++) rest -= _triangle[row * _atoms + column] * solution[column];
            solution[row] = rest / _triangle[row * _atoms + row];
            (indices[row], coefficients[row]) = (_chosen[row], (float)solution[row]);
        }
        return _residualNorms[count];
    }

    private bool TryAdd(int atom, ReadOnlySpan<float> values)
    {
        Vectors.Widen(values, _atom);
        double length = Math.Sqrt(Vectors.Dot(_atom, _atom));
        // Once is not enough where an atom lies near the span of the others; twice is.
        Orthogonalise();
        Orthogonalise();
        double rest = Math.Sqrt(Vectors.Dot(_atom, _atom));
        if (rest <= Vanishing * length) return false;
        var direction = _basis.AsSpan(Count * _width, _width);
        direction.Clear();
        Vectors.AddScaled(direction, 1 / rest, _atom);
        double projection = Vectors.Dot(direction, _residual);
        Vectors.AddScaled(_residual, -projection, direction);
        _triangle[Count * _atoms + Count] = rest;
        _projections[Count] = projection;
        _chosen[Count++] = atom;
        _residualNorms[Count] = Math.Sqrt(Vectors.Dot(_residual, _residual));
        return true;
    }

    /// <summary>Takes the share of the basis out of the new atom and notes it in the triangle.</summary>
    private void Orthogonalise()
    {
        for (int i = 0; i < Count; i++)
        {
            var direction = _basis.AsSpan(i * _width, _width);
            double share = Vectors.Dot(direction, _atom);
            Vectors.AddScaled(_atom, -share, direction);
            _triangle[i * _atoms + Count] += share;
        }
    }
}
