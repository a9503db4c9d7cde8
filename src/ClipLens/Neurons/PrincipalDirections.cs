using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// First right singular vectors of many matrices at once (paper, Section 4.1: a neuron's direction is the first principal component of
/// its centred effects on its top images, not centred again).
/// </summary>
internal static class PrincipalDirections
{
    private const int Squarings = 9;
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
        var vector = SquaredStart(gram);
        for (int i = 0; i < 2; i++) vector = Unit(Multiply(gram, vector));
        var product = Multiply(gram, vector);
        var value = product.mul(vector).sum(-1);
        // Two nearly equal singular values: squaring did not part them, so the full decomposition does.
        var residual = linalg.vector_norm(product - value.unsqueeze(1) * vector, 2, [-1]);
        var open = residual.gt(value * Tolerance).nonzero().squeeze(-1);
        if (open.numel() > 0)
        {
            var (values, vectors) = linalg.eigh(gram.index_select(0, open));
            vector = vector.index_copy(0, open, vectors.select(2, -1).contiguous());
            value = value.index_copy(0, open, values.select(1, -1).contiguous());
        }
        return (vector, value);
    }

    /// <summary>Start vectors from repeated squaring, which needs only matrix products: after j squarings the power is 2^j.</summary>
    private static Tensor SquaredStart(Tensor gram)
    {
        var power = gram;
        for (int i = 0; i < Squarings; i++)
        {
            var trace = power.diagonal(dim1: 1, dim2: 2).sum(-1).clamp_min(double.Epsilon).view(-1, 1, 1);
            power = power / trace;
            power = power.bmm(power);
        }
        var column = power.diagonal(dim1: 1, dim2: 2).argmax(1);
        return Unit(power.gather(2, column.view(-1, 1, 1).expand(-1, power.shape[1], 1)).squeeze(2));
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
