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
    private const int MostProducts = 512;
    private const double Tolerance = 1e-7;

    /// <summary>Directions and explained variance.</summary>
    /// <param name="effects">Centred effects of the top images: [n, k, d].</param>
    /// <param name="sign">Which of the two unit vectors is meant.</param>
    /// <returns>Unit directions [n, d] and s_0^2 / sum of s_j^2: [n].</returns>
    public static (Tensor Directions, Tensor Explained) Decompose(Tensor effects, DirectionSign sign = DirectionSign.Strongest)
    {
        using var scope = NewDisposeScope();
        var rows = effects.to(ScalarType.Float64);
        bool wide = effects.shape[1] <= effects.shape[2];
        var gram = wide ? rows.bmm(rows.transpose(1, 2)) : rows.transpose(1, 2).bmm(rows);
        var (vector, largest) = Dominant(gram);
        var direction = wide ? vector.unsqueeze(1).bmm(rows).squeeze(1) : vector;
        direction = Unit(direction);
        var total = gram.diagonal(dim1: 1, dim2: 2).sum(-1);
        var explained = largest.div(total.clamp_min(double.Epsilon));
        return (Signed(direction, rows, sign).to(ScalarType.Float32).MoveToOuterDisposeScope(),
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

    /// <summary>Multiplies until the vector stays: the matrix is small enough for the cache, which products of many at once are
    /// not.</summary>
    private static bool Iterate(ReadOnlySpan<double> matrix, Span<double> vector, out double value)
    {
        int size = vector.Length, start = 0;
        for (int i = 1; i < size; i++) if (matrix[i * size + i] > matrix[start * size + start]) start = i;
        matrix.Slice(start * size, size).CopyTo(vector);
        double[] product = new double[size];
        for (int power = 0; power < MostProducts; power++)
        {
            double length = Math.Sqrt(Vectors.Dot(vector, vector));
            for (int i = 0; i < size; i++) vector[i] /= Math.Max(length, double.Epsilon);
            for (int i = 0; i < size; i++) product[i] = Vectors.Dot(matrix.Slice(i * size, size), vector);
            value = Vectors.Dot(product, vector);
            double left = Math.Max(0, Vectors.Dot(product, product) - value * value);
            if (Math.Sqrt(left) <= value * Tolerance) return true;
            product.CopyTo(vector);
        }
        value = 0;
        return false;
    }

    private static Tensor Signed(Tensor direction, Tensor rows, DirectionSign sign)
    {
        var projections = Multiply(rows, direction);
        var votes = sign == DirectionSign.Majority ? projections.sign() : projections * projections.abs();
        var side = votes.sum(1);
        // Of a tie, the sum of the projections decides.
        var keep = where(side.eq(0), projections.sum(1), side).ge(0);
        return direction * keep.to(ScalarType.Float64).mul(2).sub(1).unsqueeze(1);
    }

    private static Tensor Multiply(Tensor matrices, Tensor vectors) => matrices.bmm(vectors.unsqueeze(2)).squeeze(2);

    private static Tensor Unit(Tensor vectors) => vectors / linalg.vector_norm(vectors, 2, [-1], true).clamp_min(double.Epsilon);
}
