using ClipLens.Compute;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// The part B(I) of a second-order effect that is the same for every neuron of a block: the equal shares of all biases and means
/// (paper, Appendix A.6). It is a fixed affine map of a few numbers of the image, prepared once per block.
/// </summary>
internal sealed class BiasShare : IDisposable
{
    private readonly TransformerBlock source;
    private readonly int[] readers;
    private readonly Tensor ofFixed, ofMeans, constant, ofFinalMean, final;
    private readonly Tensor? ofScaled, ofInnerMean, outScaled, outMean;

    public BiasShare(ITower tower, OutputPaths paths, int layer)
    {
        using var mode = inference_mode(false);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        double neurons = tower.Config.MlpWidth;
        source = tower.Blocks[layer];
        readers = [.. paths.Behind(layer)];
        Tensor left = paths.Left(layer), right = paths.Right(layer);
        // What has written to the stream before a reader: the embedding and two parts a block.
        var shares = readers.SelectMany(number => Enumerable.Repeat((1 + 2.0 * number) * neurons, tower.Readers[number].Heads)).ToArray();
        var share = tensor(shares, ScalarType.Float32, device: CPU).On(tower.Device).unsqueeze(1);
        Tensor? Own(Tensor? vector) => vector is null ? null : Through(left, right.matmul(vector)).div_(neurons).DetachFromDisposeScope();

        ofFixed = Own(source.Writes.Fixed)!;
        ofScaled = Own(source.Writes.Scaled);
        ofInnerMean = Own(source.Writes.Mean);
        ofMeans = Through(left, right.sum(-1)).div_(share).DetachFromDisposeScope();
        (constant, outScaled, outMean) = Outputs(tower, paths);
        double finalShare = shares.Zip(readers.SelectMany(number => Enumerable.Repeat(tower.Readers[number].Heads,
            tower.Readers[number].Heads))).Sum(own => 1 / (own.First * tower.FinalShares * own.Second));
        ofFinalMean = paths.ProjectionAfterNorm.sum(1).mul_(finalShare).DetachFromDisposeScope();
        final = paths.NormBias.mul(finalShare).DetachFromDisposeScope();
    }

    /// <summary>B(I) for a batch, in the units of the effects: [B, d].</summary>
    /// <param name="trace">The batch's forward pass.</param>
    /// <param name="neurons">The block's neurons: [B, T, N].</param>
    /// <param name="weights">a_t / sigma1_t of every path: [B, K, T].</param>
    /// <param name="means">mu1_t of every path's reader: [B, K, T].</param>
    public Tensor Compute(ForwardTrace trace, Tensor neurons, Tensor weights, Tensor means)
    {
        using var scope = NewDisposeScope();
        var total = weights.sum(-1);
        var mean = weights.mul(means).sum(-1);
        var inner = total.matmul(ofFixed).sub_(mean.matmul(ofMeans)).add_(constant);
        if (source.WriteStatistics(neurons) is { } written)
        {
            inner.sub_((weights * (written.Mean / written.Std).unsqueeze(1)).sum(-1).matmul(ofInnerMean!));
            if (ofScaled is not null) inner.add_((weights / written.Std.unsqueeze(1)).sum(-1).matmul(ofScaled));
        }
        if (outScaled is not null)
        {
            var scale = stack(readers.Select(reader => trace.Attention[reader].OutScale!), 1).reciprocal();
            var middle = stack(readers.Select(reader => trace.Attention[reader].OutMean!), 1);
            inner.add_(scale.matmul(outScaled)).sub_((middle * scale).matmul(outMean!));
        }
        inner.sub_(trace.LnFinalMean.unsqueeze(1) * ofFinalMean).div_(trace.LnFinalScale.unsqueeze(1)).add_(final);
        return inner.mul_(SecondOrder.UnitScale(trace.Representation).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { ofFixed, ofMeans, constant, ofFinalMean, final, ofScaled, ofInnerMean, outScaled, outMean })
            tensor?.Dispose();
    }

    private static Tensor Through(Tensor left, Tensor values) => left.matmul(values.unsqueeze(-1)).squeeze(-1);

    /// <summary>
    /// What the readers' value and output biases give a neuron, heads taken together, sum of P' (W_OV b1 + W_O b_V + b_O) / c1: what is the
    /// same for every image [d]; and, where a norm stands behind the heads, what goes with 1 / sigma and what with mu / sigma of it, reader
    /// by reader [R, d].
    /// </summary>
    private (Tensor Constant, Tensor? Scaled, Tensor? Mean) Outputs(ITower tower, OutputPaths paths)
    {
        var sum = zeros(tower.EmbedDim, device: tower.Device);
        List<Tensor> scaled = [], means = [];
        foreach (int number in readers)
        {
            var (reader, parts) = (tower.Readers[number], (1 + 2.0 * number) * tower.Config.MlpWidth);
            Tensor Share(Tensor written) => paths.ProjectionAfterNorm.matmul(written).div_(parts);
            var values = reader.Output.Matrix.matmul(reader.Values().Bias);
            if (reader.Output.Mean is not { } mean)
            {
                sum.add_(Share(values + reader.Output.Fixed));
                continue;
            }
            sum.add_(Share(reader.Output.Fixed));
            scaled.Add(Share(reader.Output.Scaled is { } bias ? values + bias : values));
            means.Add(Share(mean));
        }
        return (sum.DetachFromDisposeScope(), scaled.Count == 0 ? null : stack(scaled, 0).DetachFromDisposeScope(),
            means.Count == 0 ? null : stack(means, 0).DetachFromDisposeScope());
    }
}
