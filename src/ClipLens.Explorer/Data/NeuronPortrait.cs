using ClipLens.Compute;
using ClipLens.Runs;
using ClipLens.Runs.Storage;

namespace ClipLens.Explorer.Data;

/// <summary>What a neuron does on all images.</summary>
/// <param name="Norms">How large its effects are, over all images.</param>
/// <param name="Above">The weakest of its top images.</param>
/// <param name="Below">The strongest images that are none.</param>
/// <param name="Random">Images drawn at random.</param>
/// <param name="Routes">Where its effect goes: by later layer, by head.</param>
internal sealed record NeuronPortrait(Histogram Norms, IReadOnlyList<ShownImage> Above, IReadOnlyList<ShownImage> Below,
    IReadOnlyList<ShownImage> Random, IReadOnlyList<IReadOnlyList<double?>> Routes)
{
    private const int AboveShown = 4, RandomShown = 8;

    /// <summary>Reads it.</summary>
    public static NeuronPortrait Read(RunDirectory run, LayerPortraits portraits, int neuron)
    {
        var neurons = run.NeuronsInBrief(portraits.Layer);
        var norms = portraits.RowOf(portraits.SampleNorms, neuron).ToArray();
        int[] below = portraits.RowOf(portraits.BelowImages, neuron).ToArray();
        float[] belowNorms = portraits.RowOf(portraits.BelowNorms, neuron).ToArray();
        int first = Math.Max(0, neurons.Top - AboveShown);
        return new(new(0, DataScript.Number(neurons.TopNormsOf(neuron)[0]) ?? 0, portraits.RowOf(portraits.Histogram, neuron).ToArray()),
            [.. Enumerable.Range(first, neurons.Top - first).Select(i =>
            Image(neurons.TopImagesOf(neuron)[i], neurons.TopNormsOf(neuron)[i]))],
            [.. below.Index().Where(own => own.Item >= 0).Select(own => Image(own.Item, belowNorms[own.Index]))],
            [.. Drawn(portraits, neuron).Select(place => Image(portraits.Sample[place], norms[place]))], RoutesOf(run, portraits, neuron));

        ShownImage Image(int index, float norm) => new(index, TopImage.From(run, index).Name, DataScript.Number(norm, 3));
    }

    /// <summary>The images that are shown of it.</summary>
    public static IEnumerable<int> Shown(RunDirectory run, LayerPortraits portraits, int neuron) =>
        [
            .. run.NeuronsInBrief(portraits.Layer).TopImagesOf(neuron)[^Math.Min(AboveShown, run.NeuronsInBrief(portraits.Layer).Top)..],
            .. portraits.RowOf(portraits.BelowImages, neuron).ToArray().Where(image => image >= 0),
            .. Drawn(portraits, neuron).Select(place => portraits.Sample[place])
        ];

    /// <summary>Places in the sample, the same ones for a neuron every time.</summary>
    private static int[] Drawn(LayerPortraits portraits, int neuron) =>
        new SeededRandom((ulong)portraits.Layer << 32 | (uint)neuron).Choose(portraits.Sample.Count, RandomShown);

    private static IReadOnlyList<IReadOnlyList<double?>> RoutesOf(RunDirectory run, LayerPortraits portraits, int neuron)
    {
        double?[] routes = [.. portraits.RowOf(portraits.Routes, neuron).ToArray().Select(route => DataScript.Number(route, 3))];
        int layers = Math.Max(1, run.Manifest.Model.Blocks - 1 - portraits.Layer);
        return [.. routes.Chunk(Math.Max(1, routes.Length / layers))];
    }
}
