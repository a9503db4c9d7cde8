using System.Runtime.InteropServices;
using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// First right singular vectors of many matrices at once (paper, Section 4.1: a neuron's direction is the first principal component of
/// its centred effects on its top images, not centred again).
/// </summary>
internal static class PrincipalDirections
{
    private const int Steps = 8, MostRounds = 40, MostSquarings = 40;
    private const double Tolerance = 1e-7;

    /// <summary>Directions and explained variance.</summary>
    /// <param name="effects">Centred effects of the top images: [n, k, d].</param>
    /// <param name="sign">Which of the two unit vectors is meant.</param>
    /// <returns>Unit directions [n, d] and s_0^2 / sum of s_j^2: [n].</returns>
    public static (Tensor Directions, Tensor Explained) Decompose(Tensor effects, DirectionSign sign = DirectionSign.Strongest)
    {
        using var scope = NewDisposeScope();
        bool wide = effects.shape[1] <= effects.shape[2];
        // As exact as the effects are, which are float32; what follows is in float64.
        var gram = (wide ? effects.bmm(effects.transpose(1, 2)) : effects.transpose(1, 2).bmm(effects)).to(ScalarType.Float64);
        var (vector, largest) = Dominant(gram);
        var direction = Unit(wide ? vector.to(ScalarType.Float32).unsqueeze(1).bmm(effects).squeeze(1).to(ScalarType.Float64) : vector);
        var total = gram.diagonal(dim1: 1, dim2: 2).sum(-1);
        var explained = largest.div(total.clamp_min(double.Epsilon));
        return (Signed(direction, effects, sign).to(ScalarType.Float32).MoveToOuterDisposeScope(),
            explained.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>Largest eigenvalue [n] and its eigenvector [n, m] of symmetric positive matrices [n, m, m].</summary>
    private static (Tensor Vector, Tensor Value) Dominant(Tensor gram)
    {
        int count = (int)gram.shape[0], size = (int)gram.shape[1];
        var matrices = MemoryMarshal.Cast<byte, double>(gram.contiguous().bytes);
        var vectors = new double[count * size];
        var values = new double[count];
        var open = new List<long>();
        for (int i = 0; i < count; i++)
            if (!Iterate(matrices.Slice(i * size * size, size * size), vectors.AsSpan(i * size, size), out values[i])) open.Add(i);
        Tensor vector = tensor(vectors, [count, size]), value = tensor(values);
        // Two nearly equal singular values: powers do not part them, so the full decomposition does.
        if (open.Count > 0)
        {
            var index = tensor(open.ToArray());
            var (all, own) = linalg.eigh(gram.index_select(0, index));
            vector = vector.index_copy(0, index, own.select(2, -1).contiguous());
            value = value.index_copy(0, index, all.select(1, -1).contiguous());
        }
        return (vector, value);
    }

    /// <summary>
    /// The method of Lanczos, begun anew every few products from what it found. The matrix is small enough for the cache, which products of
    /// many at once are not.
    /// </summary>
    private static bool Iterate(ReadOnlySpan<double> matrix, Span<double> vector, out double value)
    {
        int size = vector.Length, start = 0;
        for (int i = 1; i < size; i++) if (matrix[i * size + i] > matrix[start * size + start]) start = i;
        matrix.Slice(start * size, size).CopyTo(vector);
        double[] basis = new double[Steps * size], next = new double[size];
        Span<double> small = stackalloc double[Steps * Steps], weights = stackalloc double[Steps];
        for (int round = 0; round < MostRounds; round++)
        {
            int steps = Build(matrix, vector, basis, next, small, out double rest);
            value = Dominant(small, steps, weights);
            vector.Clear();
            for (int j = 0; j < steps; j++) Vectors.AddScaled(vector, weights[j], basis.AsSpan(j * size, size));
            if (rest * Math.Abs(weights[steps - 1]) <= value * Tolerance) return true;
        }
        value = 0;
        return false;
    }

    /// <summary>An orthonormal basis of the vector and what the matrix makes of it again and again, and the matrix in this basis; the rest
    /// is the length of what the last product has outside it.</summary>
    private static int Build(ReadOnlySpan<double> matrix, ReadOnlySpan<double> vector, double[] basis, double[] next, Span<double> small,
        out double rest)
    {
        int size = vector.Length;
        small.Clear();
        vector.CopyTo(next);
        rest = Math.Sqrt(Vectors.Dot(next, next));
        double least = 0;
        for (int step = 0; ; step++)
        {
            var own = basis.AsSpan(step * size, size);
            own.Clear();
            Vectors.AddScaled(own, 1 / Math.Max(rest, 1e-300), next);
            for (int i = 0; i < size; i++) next[i] = Vectors.Dot(matrix.Slice(i * size, size), own);
            small[step * Steps + step] = Vectors.Dot(next, own);
            least = Math.Max(least, small[step * Steps + step] * 1e-14);
            // Twice, so that rounding leaves nothing of them.
            for (int again = 0; again < 2; again++)
                for (int j = 0; j <= step; j++)
                {
                    var other = basis.AsSpan(j * size, size);
                    Vectors.AddScaled(next, -Vectors.Dot(next, other), other);
                }
            rest = Math.Sqrt(Vectors.Dot(next, next));
            if (step == Steps - 1 || step == size - 1 || rest <= least) return step + 1;
            small[step * Steps + step + 1] = small[(step + 1) * Steps + step] = rest;
        }
    }

    /// <summary>Largest eigenvalue and its unit eigenvector of a matrix of a few rows, by squaring it until it has one direction
    /// left.</summary>
    private static double Dominant(ReadOnlySpan<double> matrix, int size, Span<double> vector)
    {
        Span<double> power = stackalloc double[Steps * Steps], square = stackalloc double[Steps * Steps];
        matrix.CopyTo(power);
        for (int squaring = 0; squaring < MostSquarings; squaring++)
        {
            double trace = 0, length = 0;
            for (int i = 0; i < size; i++) trace += power[i * Steps + i];
            for (int i = 0; i < size; i++)
                for (int j = 0; j < size; j++)
                {
                    power[i * Steps + j] /= Math.Max(trace, double.Epsilon);
                    length += power[i * Steps + j] * power[i * Steps + j];
                }
            if (length > 1 - 1e-15) break;
            for (int i = 0; i < size; i++)
                for (int j = 0; j < size; j++)
                    square[i * Steps + j] = Vectors.Dot(power.Slice(i * Steps, size), power.Slice(j * Steps, size));
            square.CopyTo(power);
        }
        int best = 0;
        for (int i = 1; i < size; i++) if (power[i * Steps + i] > power[best * Steps + best]) best = i;
        var row = power.Slice(best * Steps, size);
        double scale = 1 / Math.Max(Math.Sqrt(Vectors.Dot(row, row)), 1e-300), value = 0;
        for (int i = 0; i < size; i++) vector[i] = row[i] * scale;
        for (int i = 0; i < size; i++) value += vector[i] * Vectors.Dot(matrix.Slice(i * Steps, size), vector[..size]);
        return value;
    }

    private static Tensor Signed(Tensor direction, Tensor rows, DirectionSign sign)
    {
        var projections = Multiply(rows, direction.to(ScalarType.Float32)).to(ScalarType.Float64);
        var votes = sign == DirectionSign.Majority ? projections.sign() : projections * projections.abs();
        var side = votes.sum(1);
        // Of a tie, the sum of the projections decides.
        var keep = where(side.eq(0), projections.sum(1), side).ge(0);
        return direction * keep.to(ScalarType.Float64).mul(2).sub(1).unsqueeze(1);
    }

    private static Tensor Multiply(Tensor matrices, Tensor vectors) => matrices.bmm(vectors.unsqueeze(2)).squeeze(2);

    private static Tensor Unit(Tensor vectors) => vectors / linalg.vector_norm(vectors, 2, [-1], true).clamp_min(double.Epsilon);
}
