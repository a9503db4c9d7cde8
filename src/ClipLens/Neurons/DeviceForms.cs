using ClipLens.Compute;
using ClipLens.Effects;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// The same lengths as <see cref="QuadraticForms"/>, in float32 tables on the model's device and for all neurons of a block at once, so
/// that coefficients need not come to the processor. A card has the memory for tables that are not packed, and no use for half a matrix.
/// </summary>
internal sealed class DeviceForms : IDisposable
{
    private const int Chunk = 256;
    private readonly float slackFactor;
    private readonly Tensor tables, scales, mean, basisMean, basis;
    private Tensor? shift, shiftSquares, shiftSums;

    /// <summary>Works the tables out.</summary>
    /// <param name="outputPaths">The model's paths.</param>
    /// <param name="layer">The block.</param>
    /// <param name="centre">What the coefficients are centred by: [N, K].</param>
    /// <param name="biases">Where bias shares lie.</param>
    public DeviceForms(OutputPaths outputPaths, int layer, Tensor centre, BiasBasis biases)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var device = outputPaths.Direct.device;
        int neurons = (int)centre.shape[0], paths = (int)centre.shape[1], size = BiasBasis.Most + paths;
        slackFactor = (size + outputPaths.ProjectionAfterNorm.shape[0]) * 6e-8f;
        tables = zeros(neurons, size, size, device: device).DetachFromDisposeScope();
        scales = empty(neurons, 1, paths, device: device).DetachFromDisposeScope();
        mean = centre.On(device).unsqueeze(1).clone().DetachFromDisposeScope();
        basisMean = biases.Mean.On(device).clone().DetachFromDisposeScope();
        var directions = biases.Directions.On(device);
        basis = nn.functional.pad(directions, [0, 0, 0, BiasBasis.Most - directions.shape[0]]).DetachFromDisposeScope();
        for (int first = 0; first < neurons; first += Chunk)
        {
            using var inner = NewDisposeScope();
            int count = Math.Min(Chunk, neurons - first);
            var own = outputPaths.Directions(layer, first, count);
            var lengths = linalg.vector_norm(own, 2, [2], true);
            var unit = own / lengths.clamp_min(1e-30);
            scales.narrow(0, first, count).copy_(lengths.transpose(1, 2));
            var all = cat([basis.unsqueeze(0).expand(count, -1, -1), unit], 1);
            tables.narrow(0, first, count).copy_(all.bmm(all.transpose(1, 2)));
        }
    }

    /// <summary>Bytes of the tables for a block.</summary>
    public static long Bytes(int neurons, int paths) => 4L * neurons * (BiasBasis.Most + paths) * (BiasBasis.Most + paths);

    /// <summary>Moves the centre, as <see cref="QuadraticForms.Centre(float[], float[], int?)"/> does.</summary>
    /// <param name="centre">The new centre's coefficients: [N, K].</param>
    /// <param name="bias">Its bias share less the first centre's, in the basis.</param>
    public void Centre(Tensor centre, float[] bias)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var moved = Scaled(centre.On(mean.device).unsqueeze(1), TensorMoves.Numbers(bias, [1, BiasBasis.Most], mean.device));
        var product = moved.bmm(tables);
        Forget();
        shift = product.transpose(1, 2).contiguous().DetachFromDisposeScope();
        shiftSquares = (product * moved).sum(-1).DetachFromDisposeScope();
        shiftSums = moved.abs().sum(-1).DetachFromDisposeScope();
    }

    /// <summary>Measures the effects of all neurons on a batch.</summary>
    /// <param name="coefficients">Coefficients, not centred: [B, N, K].</param>
    /// <param name="biases">Bias shares: [B, d].</param>
    /// <returns>Lengths from the first centre, and what no length from the present one is above: [N, B] each.</returns>
    public (Tensor Norms, Tensor Uppers) Measure(Tensor coefficients, Tensor biases)
    {
        using var scope = NewDisposeScope();
        var z = Scaled(coefficients.transpose(0, 1), (biases - basisMean).matmul(basis.t()));
        var squares = z.bmm(tables).mul_(z).sum(-1);
        var sums = z.abs().sum(-1);
        var norms = squares.clamp_min(0).sqrt_();
        if (shift is not null)
        {
            squares = squares.add_(shiftSquares!).sub_(z.bmm(shift).squeeze(2).mul_(2));
            sums = sums.add_(shiftSums!);
        }
        var uppers = squares.clamp_min_(0).add_(sums.pow_(2).mul_(slackFactor)).sqrt_();
        return (norms.MoveToOuterDisposeScope(), uppers.MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { tables, scales, mean, basisMean, basis }) tensor.Dispose();
        Forget();
    }

    /// <summary>Bias shares in the basis [B, 16] and differences from the first centre [N, B, K], in the scale of the tables: [N, B, 16 +
    /// K].</summary>
    private Tensor Scaled(Tensor values, Tensor projected) =>
        cat([projected.unsqueeze(0).expand(values.shape[0], -1, -1), (values - mean).mul_(scales)], 2);

    private void Forget()
    {
        shift?.Dispose();
        shiftSquares?.Dispose();
        shiftSums?.Dispose();
    }
}
