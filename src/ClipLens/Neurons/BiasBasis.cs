using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>The few directions that hold nearly all of what the bias shares of a block differ by, found from a sample.</summary>
/// <param name="Mean">The sample's mean bias share: [d].</param>
/// <param name="Directions">Orthonormal: [r, d].</param>
internal sealed record BiasBasis(Tensor Mean, Tensor Directions) : IDisposable
{
    /// <summary>Directions at most.</summary>
    public const int Most = 16;

    /// <summary>From the bias shares of a sample: [images, d]; the caller owns the result.</summary>
    public static BiasBasis FromSample(Tensor biases)
    {
        using var scope = NewDisposeScope();
        var wide = biases.to(ScalarType.Float64);
        var mean = wide.shape[0] > 0 ? wide.mean([0]) : zeros(biases.shape[1], dtype: ScalarType.Float64);
        var directions = Principal(wide - mean).to(ScalarType.Float32);
        return new(mean.to(ScalarType.Float32).DetachFromDisposeScope(), directions.DetachFromDisposeScope());
    }

    /// <summary>The directions in which rows [n, d] are longest, of the smaller of their two squares: [r, d].</summary>
    private static Tensor Principal(Tensor rows)
    {
        if (rows.shape[0] == 0) return zeros(0, rows.shape[1], dtype: ScalarType.Float64);
        bool few = rows.shape[0] < rows.shape[1];
        var (values, vectors) = linalg.eigh(few ? rows.matmul(rows.t()) : rows.t().matmul(rows));
        // Of directions in which there is next to nothing, the rows cannot tell more than noise.
        double least = values[-1].item<double>() * 1e-12;
        long rank = Math.Min(Most, values.gt(least).sum().item<long>());
        var largest = vectors.narrow(1, vectors.shape[1] - rank, rank).flip(1);
        return few ? linalg.qr(rows.t().matmul(largest)).Q.t().contiguous() : largest.t().contiguous();
    }

    /// <summary>Bias shares in the basis, <see cref="Most"/> numbers of each, and the longest remainder outside it.</summary>
    public (float[] Projected, float Remainder) Project(Tensor biases)
    {
        using var scope = NewDisposeScope();
        var centred = biases - Mean;
        var inside = centred.matmul(Directions.t());
        var rest = linalg.vector_norm(centred - inside.matmul(Directions), 2, [-1]);
        var padded = nn.functional.pad(inside, [0, Most - inside.shape[1]]).contiguous();
        return (padded.Floats().ToArray(), rest.numel() == 0 ? 0 : rest.max().item<float>());
    }

    public void Dispose()
    {
        Mean.Dispose();
        Directions.Dispose();
    }
}
