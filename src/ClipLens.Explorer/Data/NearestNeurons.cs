using ClipLens.Neurons;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Data;

/// <summary>A neuron and how alike its direction is to another's.</summary>
/// <param name="Layer">Its block.</param>
/// <param name="Neuron">Its place in the block.</param>
/// <param name="Cosine">Cosine of the angle between the directions.</param>
internal sealed record Neighbour(int Layer, int Neuron, double? Cosine);

/// <summary>The neurons of a run whose directions are nearest to a neuron's, over all its blocks.</summary>
internal sealed class NearestNeurons(RunDirectory run) : IDisposable
{
    private readonly Lazy<Tensor> directions = new(() => Directions(run));

    /// <summary>The nearest neurons of neighbours in a block, nearest first.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="from">The first neuron.</param>
    /// <param name="count">Neurons from there on.</param>
    /// <param name="most">Nearest neurons for each.</param>
    public IReadOnlyList<IReadOnlyList<Neighbour>> Find(int layer, int from, int count, int most)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var all = directions.Value;
        int[] starts = Starts();
        int first = starts[IndexOf(layer)] + from, wanted = Math.Min(most + 1, (int)all.shape[0]);
        var (cosines, places) = all.narrow(0, first, count).matmul(all.t()).topk(wanted, 1);
        float[] values = cosines.contiguous().data<float>().ToArray();
        long[] indices = places.contiguous().data<long>().ToArray();
        return [.. Enumerable.Range(0, count).Select(row => Enumerable.Range(row * wanted, wanted).Where(i => indices[i] != first + row)
            .Take(most).Select(i => Neuron(starts, (int)indices[i], values[i])).ToList())];
    }

    /// <summary>Frees the directions.</summary>
    public void Dispose()
    {
        if (directions.IsValueCreated) directions.Value.Dispose();
    }

    private Neighbour Neuron(int[] starts, int place, float cosine)
    {
        int layer = Array.FindLastIndex(starts, start => start <= place);
        return new(run.Layers[layer], place - starts[layer], DataScript.Number(cosine, 3));
    }

    private int IndexOf(int layer) => run.Layers.ToList().IndexOf(layer);

    private int[] Starts() => [.. run.Layers.Select((_, i) => run.Layers.Take(i).Sum(layer => run.Neurons(layer).Count))];

    private static Tensor Directions(RunDirectory run)
    {
        using var scope = NewDisposeScope();
        return cat([.. run.Layers.Select(layer => run.Neurons(layer).DirectionTensor())]).DetachFromDisposeScope();
    }
}
