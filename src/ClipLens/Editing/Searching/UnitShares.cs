using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Units;
using ClipLens.Effects;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Editing.Searching;

/// <summary>
/// What every neuron and every head adds to images along a direction of each, all from one pass: a neuron's first-order effect at the class
/// token and its second-order effects through all later heads, a head's first-order effect, each less what its mean adds. That is what an
/// ablation takes away, as long as attention and norms stay what they are. With a region, only what comes from there through the heads.
/// </summary>
internal sealed class UnitShares
{
    private const int Batch = 4;
    private readonly ImageTower tower;
    private readonly OutputPaths paths;
    private readonly DirectionReadout readout;
    private readonly UnitMeans means;
    private readonly TraceRequest request;
    private readonly Tensor[] meanNeurons, meanHeads;

    /// <param name="tower">The image tower.</param>
    /// <param name="means">The means of all its layers.</param>
    public UnitShares(ImageTower tower, UnitMeans means)
    {
        (this.tower, this.means, paths, readout) = (tower, means, OutputPaths.For(tower), new(tower));
        var all = TraceRequest.LayersFrom(0, tower.Config.Layers);
        request = new TraceRequest { MlpPost = all, Attention = all, ResidPre = all, ClassParts = true };
        meanNeurons = [.. Enumerable.Range(0, tower.Config.Layers).Select(l =>
            tensor(means[l].NeuronsAtAll, device: CPU).to(ScalarType.Float32).On(tower.Device)
            .DetachFromDisposeScope())];
        meanHeads = [.. Enumerable.Range(0, tower.Config.Layers).Select(l =>
            tensor(means[l].HeadsAtClass, device: CPU).to(ScalarType.Float32).On(tower.Device)
            .DetachFromDisposeScope())];
    }

    /// <summary>The sums over images of weight times share.</summary>
    /// <param name="images">The images, n of them.</param>
    /// <param name="directions">A direction an image: [n, d].</param>
    /// <param name="weights">A weight an image; those of weight 0 are not looked at.</param>
    /// <param name="regions">Which patches count, by image, the class token first; all that the unit does if null.</param>
    /// <param name="stage">What is being done, for the progress.</param>
    /// <param name="how">How it is run.</param>
    /// <returns>The shares, and of heads the attention of the class token to the region.</returns>
    public (UnitScores Shares, UnitScores Attention) Sum(SearchImages images, Tensor directions, IReadOnlyList<double> weights,
        IReadOnlyList<float[]>? regions, string stage, WorkOptions how)
    {
        var config = tower.Config;
        var (sum, attention) = (UnitScores.Zero(config.Layers, config.MlpWidth, config.Heads),
            UnitScores.Zero(config.Layers, 0, config.Heads));
        int done = 0;
        images.Run(Batch, (pixels, first) =>
        {
            var (own, looked) = (UnitScores.Zero(config.Layers, config.MlpWidth, config.Heads),
                UnitScores.Zero(config.Layers, 0, config.Heads));
            int count = (int)pixels.shape[0];
            if (Enumerable.Range(first, count).All(i => weights[i] == 0)) return (own, looked, count);
            using var scope = NewDisposeScope();
            var trace = tower.Trace(pixels, request);
            var scale = SecondOrder.UnitScale(trace.Representation).div_(trace.LnFinalScale);
            for (int i = 0; i < count; i++)
            {
                if (weights[first + i] == 0) continue;
                using var inner = NewDisposeScope();
                var region = regions is null ? null : tensor(regions[first + i]).On(tower.Device);
                OfImage(trace, i, directions[first + i].On(tower.Device) * (scale[i] * weights[first + i]), region, own, looked);
            }
            return (own, looked, count);
        }, part =>
        {
            sum.Add(part.own);
            attention.Add(part.looked);
            how.Progress?.Report(new(stage, done += part.count, images.Indices.Count, 0));
        }, how);
        return (sum, attention);
    }

    private void OfImage(ForwardTrace trace, int image, Tensor direction, Tensor? region, UnitScores own, UnitScores looked)
    {
        int layers = tower.Config.Layers;
        var straight = paths.Direct.mv(direction);
        var vectors = readout.Vectors(direction.unsqueeze(0), 0).squeeze(2);
        var weights = Enumerable.Range(0, layers).Select(layer =>
        {
            var pattern = trace.Attention[layer].Pattern[image];
            if (region is not null)
            {
                pattern = pattern * region;
                Add(looked.Heads[layer], pattern.sum(1));
            }
            return pattern / trace.Attention[layer].Ln1Scale[image];
        }).ToList();
        for (int layer = 0; layer < layers; layer++)
        {
            var block = tower.Blocks[layer];
            if (region is null)
            {
                var gathered = trace.ClassZ[layer][image].flatten() - meanHeads[layer];
                Add(own.Heads[layer], (gathered * block.Output.Matrix.t().mv(straight)).view(tower.Config.Heads, -1).sum(1));
                var atClass = trace.ClassMlpPost[layer][image] - tensor(means[layer].NeuronsAtClass, device: CPU).to(ScalarType.Float32)
                    .On(tower.Device);
                Add(own.Neurons[layer], atClass * block.Columns.t().mv(straight));
            }
            else
            {
                var content = trace.ResidPre[layer][image] - trace.Attention[layer].Ln1Mean[image].unsqueeze(1);
                Add(own.Heads[layer], (vectors[layer].matmul(content.t()) * weights[layer]).sum(1));
            }
            if (layer == layers - 1) continue;
            var read = vectors.narrow(0, layer + 1, layers - 1 - layer).flatten(0, 1).matmul(block.Columns);
            var carried = cat(weights.Skip(layer + 1).ToList(), 0).matmul(trace.MlpPost[layer][image] - meanNeurons[layer]);
            Add(own.Neurons[layer], (read * carried).sum([0]));
        }
    }

    private static void Add(double[] sum, Tensor values)
    {
        var found = values.contiguous().ToHost().data<float>();
        int i = 0;
        foreach (float value in found) sum[i++] += value;
    }
}
