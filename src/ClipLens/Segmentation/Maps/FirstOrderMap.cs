using ClipLens.Effects;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// The first-order map of the heads (Gandelsman, Efros, Steinhardt, ICLR 2024): how much the heads of some blocks carry from each token to
/// the output along a direction. Of all that the stream holds at a token the neurons of earlier blocks wrote a part: that part is the
/// second-order map of these readers.
/// </summary>
internal sealed class FirstOrderMap : IHeatSource
{
    private readonly ImageTower tower;
    private readonly DirectionReadout readout;
    private readonly int[] blocks;
    private readonly bool biases;

    /// <param name="tower">The image tower.</param>
    /// <param name="blocks">The reading blocks; by default the last third, or the last one. Where an attention pools the tokens, it is what
    /// reads, whatever the blocks.</param>
    /// <param name="biases">
    /// Whether what the biases of LN1 and of the values add is counted too: all tokens carry it alike, so that it tells more of the
    /// attention than of the tokens, but with it the patches and the class token add up to the heads' first-order effect (less the output
    /// bias).
    /// </param>
    /// <exception cref="ClipLensException">No blocks are given, or one that the tower does not have.</exception>
    public FirstOrderMap(ImageTower tower, IReadOnlyList<int>? blocks = null, bool biases = false)
    {
        this.biases = biases;
        int layers = tower.Config.Layers;
        this.tower = tower;
        this.blocks = tower.Pool is not null ? [layers] : ReadingBlocks.Chosen(tower, blocks
            ?? [.. Enumerable.Range(0, layers).Where(block => 3 * block >= 2 * layers || block == layers - 1)]);
        readout = new DirectionReadout(tower);
        Request = new TraceRequest { ResidPre = [.. this.blocks], Attention = [.. this.blocks] };
    }

    public TraceRequest Request { get; }

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var vectors = readout.Vectors(directions, blocks[0]);
        Tensor? sum = null;
        int[] readers = readout.Readers(blocks[0]);
        foreach (int block in blocks)
        {
            var content = trace.ResidPre[block] - trace.Attention[block].Ln1Mean.unsqueeze(2);
            var carried = readout.Carried(trace, block, content, vectors[Array.IndexOf(readers, block)]);
            if (biases) carried.add_(readout.CarriedBiases(trace, block, directions));
            sum = sum is null ? carried : sum.add_(carried);
        }
        return tower.Patches(sum!, 2).MoveToOuterDisposeScope();
    }
}
