using ClipLens.Explorer.Data;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Meaning;

/// <summary>A neuron and how near it is to something.</summary>
/// <param name="Layer">Its block.</param>
/// <param name="Neuron">Its place in the block.</param>
/// <param name="Cosine">Cosine of the angle between the two vectors.</param>
internal sealed record Neighbour(int Layer, int Neuron, double? Cosine);

/// <summary>The neurons nearest to neurons or to a direction.</summary>
internal static class Nearest
{
    /// <summary>The nearest neurons of neurons that lie side by side, nearest first.</summary>
    /// <param name="vectors">The neurons.</param>
    /// <param name="all">One of their tables, of unit rows: [n, any].</param>
    /// <param name="first">Row of the first neuron.</param>
    /// <param name="count">Neurons from there on.</param>
    /// <param name="most">Nearest neurons for each.</param>
    public static IReadOnlyList<IReadOnlyList<Neighbour>> ToNeurons(NeuronVectors vectors, Tensor all, int first, int count, int most)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        int wanted = Math.Min(most + 1, (int)all.shape[0]);
        var (cosines, places) = all.narrow(0, first, count).matmul(all.t()).topk(wanted, 1);
        float[] values = cosines.contiguous().data<float>().ToArray();
        long[] indices = places.contiguous().data<long>().ToArray();
        return [.. Enumerable.Range(0, count).Select(row => Enumerable.Range(row * wanted, wanted).Where(i => indices[i] != first + row)
            .Take(most).Select(i => At(vectors, (int)indices[i], values[i])).ToList())];
    }

    /// <summary>The neurons nearest to a direction, nearest first.</summary>
    /// <param name="vectors">The neurons.</param>
    /// <param name="all">One of their tables, of unit rows: [n, d].</param>
    /// <param name="direction">The direction: [d].</param>
    /// <param name="most">Nearest neurons.</param>
    public static IReadOnlyList<Neighbour> ToDirection(NeuronVectors vectors, Tensor all, Tensor direction, int most)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var (cosines, places) = all.mv(nn.functional.normalize(direction, 2, 0)).topk(Math.Min(most, (int)all.shape[0]), 0);
        float[] values = cosines.contiguous().data<float>().ToArray();
        return [.. places.contiguous().data<long>().ToArray().Select((place, i) => At(vectors, (int)place, values[i]))];
    }

    private static Neighbour At(NeuronVectors vectors, int place, float cosine)
    {
        var (layer, neuron) = vectors.At(place);
        return new(layer, neuron, DataScript.Number(cosine, 3));
    }
}
