using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// Spreads the heat of another map over the patches that attend to each other: the object's parts that carry the evidence lend it to the
/// rest of the object. The spreading matrix is the patches' own attention, mean over the middle blocks, brought close to doubly stochastic
/// (Sinkhorn), so that patches to which all attend do not gather the heat. The map stays linear in its parts: it still splits by neuron,
/// block and head.
/// </summary>
internal sealed class AttentionSpread : IHeatSource
{
    private const int BalanceRounds = 3;
    private readonly ImageTower tower;
    private readonly IHeatSource source;
    private readonly int[] blocks;
    private readonly int steps;

    /// <param name="tower">The image tower.</param>
    /// <param name="source">The map to spread.</param>
    /// <param name="steps">How often it is spread.</param>
    public AttentionSpread(ImageTower tower, IHeatSource source, int steps)
    {
        int layers = tower.Config.Layers;
        (this.tower, this.source, this.steps) = (tower, source, steps);
        // The first blocks attend by place, the last two gather for the class token.
        blocks = [.. Enumerable.Range(0, layers).Where(block => 3 * block >= layers && block < Math.Max(layers - 2, 1))];
        if (blocks.Length == 0) blocks = [0];
        Request = TraceRequest.Union([source.Request, new TraceRequest { MeanPattern = [.. blocks] }]);
    }

    public TraceRequest Request { get; }

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var spread = Matrix(trace).transpose(1, 2);
        var maps = source.Maps(trace, directions);
        for (int i = 0; i < steps; i++) maps = maps.bmm(spread);
        return maps.MoveToOuterDisposeScope();
    }

    /// <summary>How much the heat of each patch before the spreading adds to the heat of a region [n] after it: [n].</summary>
    public Tensor Back(ForwardTrace trace, Tensor region)
    {
        using var scope = NewDisposeScope();
        var spread = Matrix(trace)[0];
        for (int i = 0; i < steps; i++) region = region.matmul(spread);
        return region.MoveToOuterDisposeScope();
    }

    /// <summary>The weights with which a patch takes over the heat of others; every row adds up to one: [B, n, n].</summary>
    public Tensor Matrix(ForwardTrace trace)
    {
        using var scope = NewDisposeScope();
        var sum = trace.MeanPattern[blocks[0]].clone();
        foreach (int block in blocks.Skip(1)) sum.add_(trace.MeanPattern[block]);
        var matrix = tower.Patches(tower.Patches(sum, 1), 2).contiguous();
        matrix.div_(matrix.sum([2], keepdim: true));
        for (int i = 0; i < BalanceRounds; i++)
        {
            matrix.div_(matrix.sum([1], keepdim: true));
            matrix.div_(matrix.sum([2], keepdim: true));
        }
        return matrix.MoveToOuterDisposeScope();
    }
}
