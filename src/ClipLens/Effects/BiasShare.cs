using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// The part B(I) of a second-order effect that is the same for every neuron of a block: the equal shares of all biases and means
/// (paper, Appendix A.6). It is a fixed affine map of a few numbers of the image, prepared once per block.
/// </summary>
internal sealed class BiasShare : IDisposable
{
    private readonly Tensor ofOutputBias, ofMeans, constant, ofFinalMean, final;

    public BiasShare(ITower tower, OutputPaths paths, int layer)
    {
        using var mode = inference_mode(false);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var config = tower.Config;
        double neurons = config.MlpWidth;
        Tensor left = paths.Left(layer), right = paths.Right(layer);
        var shares = Enumerable.Range(layer + 1, config.Layers - 1 - layer)
            .SelectMany(block => Enumerable.Repeat((1 + 2.0 * block) * neurons, config.Heads)).ToArray();
        var share = tensor(shares, ScalarType.Float32).unsqueeze(1);

        ofOutputBias = Through(left, right.matmul(tower.Blocks[layer].ProjBias)).div_(neurons).DetachFromDisposeScope();
        ofMeans = Through(left, right.sum(-1)).div_(share).DetachFromDisposeScope();
        constant = Constant(tower, paths, layer).DetachFromDisposeScope();
        double finalShare = shares.Sum(own => 1 / (own * (1 + 2.0 * config.Layers) * config.Heads));
        ofFinalMean = paths.ProjectionAfterNorm.sum(1).mul_(finalShare).DetachFromDisposeScope();
        final = paths.NormBias.mul(finalShare).DetachFromDisposeScope();
    }

    /// <summary>B(I) for a batch, in the units of the effects: [B, d].</summary>
    /// <param name="trace">The batch's forward pass.</param>
    /// <param name="weights">a_t / sigma1_t of every path: [B, K, T].</param>
    /// <param name="means">mu1_t of every path's block: [B, K, T].</param>
    public Tensor Compute(ForwardTrace trace, Tensor weights, Tensor means)
    {
        using var scope = NewDisposeScope();
        var total = weights.sum(-1);
        var mean = weights.mul(means).sum(-1);
        var inner = total.matmul(ofOutputBias).sub_(mean.matmul(ofMeans)).add_(constant)
            .sub_(trace.LnFinalMean.unsqueeze(1) * ofFinalMean).div_(trace.LnFinalScale.unsqueeze(1)).add_(final);
        return inner.mul_(SecondOrder.UnitScale(trace.Representation).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { ofOutputBias, ofMeans, constant, ofFinalMean, final }) tensor.Dispose();
    }

    private static Tensor Through(Tensor left, Tensor values) => left.matmul(values.unsqueeze(-1)).squeeze(-1);

    /// <summary>Sum over later blocks of P' (W_OV b1 + W_O b_V + b_O) / c1, heads taken together: [d].</summary>
    private static Tensor Constant(ITower tower, OutputPaths paths, int layer)
    {
        int width = tower.Config.Width;
        var sum = zeros(tower.EmbedDim);
        for (int i = layer + 1; i < tower.Config.Layers; i++)
        {
            var block = tower.Blocks[i];
            var values = block.QkvWeight.narrow(0, 2L * width, width).matmul(block.Norm1Bias) + block.QkvBias.narrow(0, 2L * width, width);
            var written = block.OutWeight.matmul(values) + block.OutBias;
            sum.add_(paths.ProjectionAfterNorm.matmul(written).div_((1 + 2.0 * i) * tower.Config.MlpWidth));
        }
        return sum;
    }
}
