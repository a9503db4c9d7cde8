using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// The paper's rule (Section 5.2): the neurons of some blocks whose directions are closest to the class's, by absolute inner product; the
/// mean of their activations at every patch.
/// </summary>
internal sealed class NeuronMeanMap : IHeatSource, IDisposable
{
    private readonly ImageTower tower;
    private readonly IReadOnlyList<LayerNeurons> layers;
    private readonly Tensor[] directions;
    private readonly int count;

    /// <param name="tower">The image tower.</param>
    /// <param name="layers">The neurons to choose from.</param>
    /// <param name="count">How many are chosen, over all blocks together (paper: 200).</param>
    public NeuronMeanMap(ImageTower tower, IReadOnlyList<LayerNeurons> layers, int count)
    {
        int all = layers.Sum(layer => layer.Count);
        if (count < 1 || count > all)
            throw new ClipLensException(
            $"{count} neurons were asked for, but the chosen layers have {all}; give a number from 1 to {all}.");
        (this.tower, this.layers, this.count) = (tower, layers, count);
        directions = [.. layers.Select(layer => layer.DirectionTensor().DetachFromDisposeScope())];
        Request = new TraceRequest { MlpPost = [.. layers.Select(layer => layer.Layer)] };
    }

    public TraceRequest Request { get; }

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var maps = Enumerable.Range(0, (int)directions.shape[0]).Select(i => Map(trace, Choose(directions[i])));
        return stack(maps, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The neurons for a class [d], the closest first.</summary>
    public IReadOnlyList<(NeuronId Neuron, float Score)> Choose(Tensor direction)
    {
        using var scope = NewDisposeScope();
        var scores = directions.Select(layer => layer.mv(direction).Floats().ToArray()).ToList();
        return [.. layers.SelectMany((layer, i) =>
            scores[i].Select((score, neuron) => (Neuron: new NeuronId(layer.Layer, neuron), Score: score)))
            .OrderByDescending(pair => MathF.Abs(pair.Score)).Take(count)];
    }

    public void Dispose()
    {
        foreach (var tensor in directions) tensor.Dispose();
    }

    private Tensor Map(ForwardTrace trace, IReadOnlyList<(NeuronId Neuron, float Score)> chosen)
    {
        Tensor? sum = null;
        foreach (var layer in chosen.GroupBy(pair => pair.Neuron.Layer))
        {
            var indices = TensorMoves.Indices(layer.Select(pair => pair.Neuron.Index), tower.Device);
            var own = trace.MlpPost[layer.Key].index_select(2, indices).sum(2);
            sum = sum is null ? own : sum + own;
        }
        return tower.Patches(sum!, 1) / chosen.Count;
    }
}
