namespace ClipLens.Neurons;

/// <summary>A range of neurons of one block, as much as is worked on at once.</summary>
internal sealed record NeuronRange(int Layer, int First, int Count)
{
    /// <summary>Cuts the neurons of some blocks into ranges and packs these into groups that fit a memory budget, in order.</summary>
    /// <param name="layers">The blocks.</param>
    /// <param name="neurons">Neurons of a block.</param>
    /// <param name="bytesPerNeuron">Memory that a neuron of a block takes.</param>
    /// <param name="budget">Memory of a group; a group holds at least one neuron.</param>
    public static IReadOnlyList<IReadOnlyList<NeuronRange>> Pack(IEnumerable<int> layers, int neurons, Func<int, long> bytesPerNeuron,
        long budget)
    {
        var groups = new List<List<NeuronRange>> { new() };
        long left = budget;
        foreach (int layer in layers)
        {
            long each = Math.Max(1, bytesPerNeuron(layer));
            for (int first = 0; first < neurons;)
            {
                int count = (int)Math.Min(neurons - first, left / each);
                if (count == 0 && groups[^1].Count == 0) count = 1;
                if (count > 0) groups[^1].Add(new(layer, first, count));
                first += count;
                left -= count * each;
                if (first >= neurons) continue;
                groups.Add([]);
                left = budget;
            }
        }
        return groups;
    }
}
