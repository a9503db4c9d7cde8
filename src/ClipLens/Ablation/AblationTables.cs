using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>
/// What the ablation of a range of a block's neurons takes, beside the coefficients of an image, so that no effect is ever formed.
/// A centred effect is phi_n - b_n = U_n^T y_n + (B - r_n): y_n the coefficients less fixed ones that bring b_n near, r_n what these leave
/// of b_n, B the bias share. Norms follow from the Gram matrices U_n U_n^T, sums over neurons go through the heads' value spaces, and
/// projections on directions are products with a table of <c>U_n</c> times the direction.
/// </summary>
internal sealed class AblationTables : IDisposable
{
    private const int Chunk = 64;
    private const double Ridge = 1e-6;

    /// <summary>What keeps the squares of a neuron that writes nothing, such as one that was taken out of the weights, from having no
    /// inverse; too small to change those of any other.</summary>
    private const double Least = 1e-30;
    private const long NeuronBytesPerWorker = 256L << 20;
    private readonly IReadOnlyList<DirectionSet> sets;
    private readonly Tensor gram, values, left, projections, centre, rest, threshold, lengths, restDots;

    /// <summary>Images in a forward pass, at most <paramref name="most"/>, whose neurons' activations in so many blocks a worker can
    /// hold.</summary>
    public static int Batch(VisionConfig config, int blocks, int most) =>
        (int)Math.Clamp(NeuronBytesPerWorker / (4L * config.Tokens * config.MlpWidth * blocks), 1, most);

    /// <summary>Prepares the tables of a range.</summary>
    /// <param name="paths">The model's paths.</param>
    /// <param name="layer">What a dataset says about the block's neurons: means and thresholds.</param>
    /// <param name="range">The neurons.</param>
    /// <param name="sets">Directions of all the block's neurons; the tensors must outlive the tables.</param>
    public AblationTables(OutputPaths paths, LayerNeurons layer, NeuronRange range, IReadOnlyList<DirectionSet> sets)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Range = range;
        int k = paths.PathCount(range.Layer), width = layer.Width;
        var device = paths.Direct.device;
        this.sets = [.. sets.Select(set =>
            set with { Directions = set.Directions.narrow(0, range.First, range.Count).On(device).DetachFromDisposeScope() })];
        gram = Empty(device, range.Count, k, k);
        projections = Empty(device, range.Count, k, sets.Count + 1);
        centre = Empty(device, range.Count, 1, k);
        rest = TensorMoves.Numbers(layer.Mean.Slice(range.First * width, range.Count * width).ToArray(), [range.Count, width], device)
            .DetachFromDisposeScope();
        values = paths.Values(range.Layer, range.First, range.Count).transpose(1, 2).contiguous().DetachFromDisposeScope();
        left = paths.Left(range.Layer).permute(1, 0, 2).flatten(1).contiguous().DetachFromDisposeScope();
        for (int first = 0; first < range.Count; first += Chunk) Fill(paths, first, Math.Min(Chunk, range.Count - first));
        threshold = TensorMoves.Numbers([.. layer.Threshold.Skip(range.First).Take(range.Count)], [range.Count, 1], device)
            .DetachFromDisposeScope();
        lengths = stack(this.sets.Select(set => set.Directions.square().sum(1).clamp_min(1e-30)), 1).DetachFromDisposeScope();
        restDots = stack(this.sets.Select(set => (set.Directions * rest).sum(1)), 1).DetachFromDisposeScope();
    }

    /// <summary>The tables of a range along the neurons' own directions.</summary>
    /// <param name="paths">The model's paths.</param>
    /// <param name="layer">What a dataset says about the block's neurons.</param>
    /// <param name="range">The neurons.</param>
    public static AblationTables AlongDirections(OutputPaths paths, LayerNeurons layer, NeuronRange range)
    {
        using var directions = layer.DirectionTensor();
        return new(paths, layer, range, [new("direction", directions)]);
    }

    /// <summary>The neurons.</summary>
    public NeuronRange Range { get; }

    /// <summary>The neurons of some blocks in groups whose tables fit in memory together.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="layers">The blocks.</param>
    /// <param name="sets">Directions of a neuron.</param>
    /// <param name="budget">Bytes that the tables of a group may take.</param>
    public static IReadOnlyList<IReadOnlyList<NeuronRange>> Pack(ImageTower tower, IEnumerable<int> layers, int sets, long budget)
    {
        var paths = OutputPaths.For(tower);
        return NeuronRange.Pack(layers, tower.Config.MlpWidth, layer => BytesPerNeuron(paths.PathCount(layer), paths.HeadWidth,
            tower.EmbedDim, sets), budget);
    }

    /// <summary>Bytes of the tables for one neuron.</summary>
    private static long BytesPerNeuron(int paths, int headWidth, int width, int sets) =>
        4L * (paths * (paths + headWidth + sets + 1L) + width);

    /// <summary>What the ablations change for a batch of images.</summary>
    /// <param name="coefficients">Coefficients of the range: [B, n, K].</param>
    /// <param name="bias">The bias shares: [B, d].</param>
    public RangeChanges Changes(Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var own = coefficients.transpose(0, 1).contiguous().sub_(centre);
        var byPath = own.permute(2, 0, 1).contiguous();
        var along = own.bmm(projections);
        var norms = Norms(own, byPath, along.select(2, sets.Count), bias);
        var isLarge = norms.gt(threshold);
        var (all, large) = Sums(byPath, isLarge.to(ScalarType.Float32), bias);
        var places = Places(along.narrow(2, 0, sets.Count), bias);
        var kept = sets.Select((set, i) => places.select(2, i).t().matmul(set.Directions)).ToList();
        return new(all.MoveToOuterDisposeScope(), large.MoveToOuterDisposeScope(), stack(kept).MoveToOuterDisposeScope(),
            norms.MoveToOuterDisposeScope(), isLarge.MoveToOuterDisposeScope(), places.pow_(2).mul_(lengths.unsqueeze(1))
            .MoveToOuterDisposeScope());
    }

    /// <summary>Norms of the centred effects alone: [n, B].</summary>
    /// <inheritdoc cref="Changes"/>
    public Tensor Norms(Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var own = coefficients.transpose(0, 1).contiguous().sub_(centre);
        var along = own.bmm(projections.narrow(2, sets.Count, 1)).squeeze(2);
        return Norms(own, own.permute(2, 0, 1).contiguous(), along, bias).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { gram, values, left, projections, centre, rest, threshold, lengths, restDots }) tensor.Dispose();
        foreach (var set in sets) set.Directions.Dispose();
    }

    /// <summary>||U y + B - r|| for every neuron and image: [n, B].</summary>
    private Tensor Norms(Tensor own, Tensor byPath, Tensor alongRest, Tensor bias)
    {
        var quadratic = own.bmm(gram).mul_(own).sum(-1);
        var projected = bias.matmul(left).view(bias.shape[0], byPath.shape[0], -1).permute(1, 2, 0).contiguous();
        var cross = values.bmm(projected).mul_(byPath).sum(dim: 0).sub_(alongRest);
        var constant = rest.square().sum(1, keepdim: true) + bias.square().sum(1) - rest.matmul(bias.t()).mul_(2);
        return quadratic.add_(cross.mul_(2)).add_(constant).clamp_min_(0).sqrt_();
    }

    /// <summary>Sums of the centred effects over all neurons and over the large ones: [B, d] each.</summary>
    private (Tensor All, Tensor Large) Sums(Tensor byPath, Tensor isLarge, Tensor bias)
    {
        long images = bias.shape[0];
        var both = cat([byPath, byPath * isLarge], 2);
        var inHeads = values.transpose(1, 2).bmm(both);
        var sums = left.matmul(inHeads.flatten(0, 1)).t();
        var all = sums.narrow(0, 0, images) + bias * Range.Count - rest.sum(dim: 0);
        var large = sums.narrow(0, images, images) + bias * isLarge.sum(dim: 0).unsqueeze(1) - isLarge.t().matmul(rest);
        return (all, large);
    }

    /// <summary>Coordinates of the centred effects along the directions, in units of these: [n, B, S].</summary>
    private Tensor Places(Tensor along, Tensor bias)
    {
        var ofBias = stack(sets.Select(set => set.Directions.matmul(bias.t())), 2);
        var places = (along + ofBias).sub_(restDots.unsqueeze(1));
        for (int i = 0; i < sets.Count; i++)
            if (sets[i].IsNormalised) places.select(2, i).div_(lengths.select(1, i).unsqueeze(1));
        return places;
    }

    private void Fill(OutputPaths paths, int first, int count)
    {
        using var scope = NewDisposeScope();
        var directions = paths.Directions(Range.Layer, Range.First + first, count);
        gram.narrow(0, first, count).copy_(directions.bmm(directions.transpose(1, 2)));
        var wide = directions.Widenable().to(ScalarType.Float64);
        var own = rest.narrow(0, first, count);
        // Any centre is right, since the rest takes what it leaves; one near the mean keeps large numbers from cancelling.
        var square = wide.bmm(wide.transpose(1, 2));
        square.diagonal(dim1: 1, dim2: 2).mul_(1 + Ridge).add_(Least);
        var mean = own.Widenable().to(ScalarType.Float64).unsqueeze(2);
        var solution = linalg.solve(square, wide.bmm(mean)).to(ScalarType.Float32);
        centre.narrow(0, first, count).copy_(solution.transpose(1, 2));
        own.copy_(mean.sub_(wide.transpose(1, 2).bmm(solution.to(ScalarType.Float64))).squeeze(2));
        var targets = stack([.. sets.Select(set => set.Directions.narrow(0, first, count)), own], 2);
        projections.narrow(0, first, count).copy_(directions.bmm(targets));
    }

    private static Tensor Empty(Device device, params long[] shape) => empty(shape, device: device).DetachFromDisposeScope();
}
