using ClipLens.Effects;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// The second-order attribution map: how much the neurons of some blocks, at each token, add to the output along a direction through the
/// values of the later blocks' heads. It is the sum of its neurons' maps and, over the tokens, their second-order effect along the
/// direction (less the bias share, which belongs to no token).
/// </summary>
internal sealed class SecondOrderMap : IHeatSource
{
    private readonly ImageTower tower;
    private readonly DirectionReadout readout;
    private readonly int[] blocks;

    /// <param name="tower">The image tower.</param>
    /// <param name="blocks">Blocks whose neurons count; by default those from 5/12 of the way up to the last but one.</param>
    public SecondOrderMap(ImageTower tower, IReadOnlyList<int>? blocks = null)
    {
        int layers = tower.Config.Layers, writing = tower.Config.WritingLayers;
        this.tower = tower;
        this.blocks = [.. (blocks ?? [.. Enumerable.Range(0, writing).Where(block => 12 * block >= 5 * layers)])
            .Where(block => block < writing).Distinct().Order()];
        if (this.blocks.Length == 0)
            throw new ClipLensException($"The second-order map needs a layer between 0 and {writing - 1}; the last layer has no "
            + "second-order effects.");
        readout = new DirectionReadout(tower);
        bool isPlain = tower.Blocks[0].WritesPlainly;
        Request = new TraceRequest
        {
            MlpOut = isPlain ? [.. this.blocks] : [],
            MlpPost = isPlain ? [] : [.. this.blocks],
            Attention = tower.ReadersFrom(this.blocks[0] + 1)
        };
    }

    public TraceRequest Request { get; }

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        int first = blocks[0] + 1;
        var vectors = readout.Vectors(directions, first);
        // What the neurons wrote so far; every later block reads it from the stream.
        Tensor? written = null;
        Tensor? sum = null;
        int next = first - 1;
        foreach (var (place, reader) in readout.Readers(first).Index())
        {
            for (; next < reader; next++)
                if (blocks.Contains(next)) written = written is null ? Neurons(trace, next) : written + Neurons(trace, next);
            var carried = readout.Carried(trace, reader, written!, vectors[place]);
            sum = sum is null ? carried : sum.add_(carried);
        }
        return tower.Patches(sum!, 2).MoveToOuterDisposeScope();
    }

    /// <summary>What a block's neurons write, without what the MLP adds whatever they are: [B, T, d'].</summary>
    private Tensor Neurons(ForwardTrace trace, int layer)
    {
        var block = tower.Blocks[layer];
        return block.WritesPlainly ? trace.MlpOut[layer] - block.ProjBias : block.Amounts(trace.MlpPost[layer]).matmul(block.Columns.t());
    }
}
