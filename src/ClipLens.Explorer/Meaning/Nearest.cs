using System.Runtime.CompilerServices;
using ClipLens.Explorer.Data;

namespace ClipLens.Explorer.Meaning;

/// <summary>A neuron and how near it is to something.</summary>
/// <param name="Layer">Its block.</param>
/// <param name="Neuron">Its place in the block.</param>
/// <param name="Cosine">Cosine of the angle between the two vectors.</param>
/// <param name="Words">The first texts that it acts on, or, if there are none, that it writes; null where they are not wanted.</param>
internal sealed record Neighbour(int Layer, int Neuron, double? Cosine, IReadOnlyList<string>? Words = null);

/// <summary>The neurons nearest to neurons or to a direction.</summary>
internal static class Nearest
{
    /// <summary>The nearest neurons of neurons that lie side by side, nearest first.</summary>
    /// <param name="vectors">The neurons.</param>
    /// <param name="all">One of their tables.</param>
    /// <param name="first">Row of the first neuron.</param>
    /// <param name="count">Neurons from there on.</param>
    /// <param name="most">Nearest neurons for each.</param>
    public static IReadOnlyList<IReadOnlyList<Neighbour>> ToNeurons(NeuronVectors vectors, VectorTable all, int first, int count, int most)
    {
        float[][] own = [.. Enumerable.Range(first, count).Select(place =>
        {
            float[] unit = new float[all.Width];
            all.Unit(place, unit);
            return unit;
        })];
        return all.Compare(own, (row, cosines) => Best(vectors, cosines, most, except: first + row));
    }

    /// <summary>The neurons of the largest cosines, nearest first.</summary>
    /// <param name="vectors">The neurons.</param>
    /// <param name="cosines">A cosine for each.</param>
    /// <param name="most">Nearest neurons.</param>
    /// <param name="except">A neuron that does not count; none if below 0.</param>
    public static IReadOnlyList<Neighbour> Best(NeuronVectors vectors, ReadOnlySpan<float> cosines, int most, int except = -1)
    {
        var best = new List<Neighbour>(most);
        foreach (int place in Largest(cosines, except < 0 ? most : most + 1))
            if (place != except && best.Count < most) best.Add(At(vectors, place, cosines[place]));
        return best;
    }

    /// <summary>The places of the largest values, largest first, of equals the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static IReadOnlyList<int> Largest(ReadOnlySpan<float> values, int most)
    {
        int wanted = Math.Min(most, values.Length);
        var kept = new PriorityQueue<int, (float Value, int Place)>(wanted + 1);
        float least = float.NegativeInfinity;
        for (int place = 0; place < values.Length; place++)
        {
            if (kept.Count == wanted && !(values[place] > least)) continue;
            kept.Enqueue(place, (values[place], -place));
            if (kept.Count > wanted) kept.Dequeue();
            if (kept.Count == wanted && kept.TryPeek(out _, out var last)) least = last.Value;
        }
        int[] places = new int[kept.Count];
        for (int i = places.Length - 1; i >= 0; i--) places[i] = kept.Dequeue();
        return places;
    }

    private static Neighbour At(NeuronVectors vectors, int place, float cosine)
    {
        var (layer, neuron) = vectors.At(place);
        return new(layer, neuron, DataScript.Number(cosine, 3));
    }
}
