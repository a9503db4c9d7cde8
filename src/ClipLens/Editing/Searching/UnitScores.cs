using ClipLens.Editing.Units;

namespace ClipLens.Editing.Searching;

/// <summary>A number for every unit of a model's image tower.</summary>
/// <param name="Neurons">By layer and neuron.</param>
/// <param name="Heads">By layer and head.</param>
internal sealed record UnitScores(double[][] Neurons, double[][] Heads)
{
    public static UnitScores Zero(int layers, int neurons, int heads) => new(
        [.. Enumerable.Range(0, layers).Select(_ => new double[neurons])], [.. Enumerable.Range(0, layers).Select(_ => new double[heads])]);

    /// <summary>All units with their numbers, the largest first.</summary>
    public IReadOnlyList<(ModelUnit Unit, double Score)> Ranked(bool neurons = true, bool heads = true)
    {
        var all = new List<(ModelUnit Unit, double Score)>();
        if (neurons) Add(Neurons, false);
        if (heads) Add(Heads, true);
        return [.. all.OrderByDescending(pair => pair.Score)];

        void Add(double[][] scores, bool areHeads)
        {
            for (int layer = 0; layer < scores.Length; layer++)
                for (int i = 0; i < scores[layer].Length; i++) all.Add((new(layer, i, areHeads), scores[layer][i]));
        }
    }

    public void Add(UnitScores other)
    {
        foreach (var (own, more) in Neurons.Zip(other.Neurons).Concat(Heads.Zip(other.Heads)))
            for (int i = 0; i < own.Length; i++) own[i] += more[i];
    }
}
