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
        int layers = tower.Config.Layers;
        this.tower = tower;
        this.blocks = [.. (blocks ?? [.. Enumerable.Range(0, layers - 1).Where(block => 12 * block >= 5 * layers)])
            .Where(block => block < layers - 1).Distinct().Order()];
        if (this.blocks.Length == 0)
            throw new ClipLensException($"The second-order map needs a layer between 0 and {layers - 2}; the last layer has no "
            + "second-order effects.");
        readout = new DirectionReadout(tower);
        Request = new TraceRequest { MlpOut = [.. this.blocks], Attention = TraceRequest.LayersFrom(this.blocks[0] + 1, layers) };
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
        for (int reader = first; reader < tower.Config.Layers; reader++)
        {
            if (blocks.Contains(reader - 1))
            {
                var neurons = trace.MlpOut[reader - 1] - tower.Blocks[reader - 1].ProjBias;
                written = written is null ? neurons : written + neurons;
            }
            var carried = readout.Carried(trace, reader, written!, vectors[reader - first]);
            sum = sum is null ? carried : sum.add_(carried);
        }
        return sum!.narrow(2, 1, sum.shape[2] - 1).MoveToOuterDisposeScope();
    }
}
