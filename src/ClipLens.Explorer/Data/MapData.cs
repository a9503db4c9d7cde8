using ClipLens.Models;
using ClipLens.Neurons;
using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>Activation maps of a neuron's top images, in whole steps from its own smallest (0) to its own largest value (255).</summary>
internal sealed record MapData(int Grid, IReadOnlyList<IReadOnlyList<int>> Maps)
{
    /// <summary>Works them out with the model.</summary>
    public static MapData Read(RunDirectory run, ClipModel model, NeuronId neuron)
    {
        var maps = NeuronMaps.Read(run, model, neuron, NeuronData.ImagesShown);
        float low = maps.Min(map => map.Heat.Values.Min()), high = maps.Max(map => map.Heat.Values.Max());
        return new(maps[0].Heat.Rows, [.. maps.Select(map => map.Heat.Values.Select(value => Step(value, low, high)).ToArray())]);
    }

    private static int Step(float value, float low, float high) =>
        high > low && float.IsFinite(value) ? (int)Math.Round(255 * Math.Clamp((value - low) / (high - low), 0, 1)) : 0;
}
