using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>All that the page of a neuron shows, but for its activation maps.</summary>
internal sealed record NeuronData(int Layer, int Neuron, double? Variance, double? Threshold, IReadOnlyList<TextWeight> Writes,
    IReadOnlyList<TextWeight>? Acts, IReadOnlyList<TopImage> Images, IReadOnlyList<double?> Norms, IReadOnlyList<Neighbour> Nearest)
{
    /// <summary>Neurons in a file.</summary>
    public const int Block = 64;

    /// <summary>Top images on a page.</summary>
    public const int ImagesShown = 20;

    private const int TextsShown = 16, NearestShown = 12;

    /// <summary>Reads neurons that lie side by side in a block.</summary>
    public static IReadOnlyList<NeuronData> Read(RunDirectory run, NeuronTexts texts, NearestNeurons nearest, int layer, int from)
    {
        var neurons = run.Neurons(layer);
        int count = Math.Min(Block, neurons.Count - from);
        var near = nearest.Find(layer, from, count, NearestShown);
        var (writes, acts) = (texts.Writes(layer), texts.ActsOn(layer));
        return [.. Enumerable.Range(from, count).Select(i => new NeuronData(layer, i, DataScript.Number(neurons.VarianceExplained[i]),
            DataScript.Number(neurons.Threshold[i]), [.. writes[i].Take(TextsShown).Select(TextWeight.From)],
            acts?[i].Take(TextsShown).Select(TextWeight.From).ToList(), TopImages(run, layer, i),
            [.. neurons.TopNormsOf(i).ToArray().Select(norm => DataScript.Number(norm, 3))], near[i - from]))];
    }

    /// <summary>The images that a neuron's page shows.</summary>
    public static ReadOnlySpan<int> Shown(RunDirectory run, int layer, int neuron) =>
        run.Neurons(layer).TopImagesOf(neuron)[..Math.Min(ImagesShown, run.Neurons(layer).Top)];

    private static List<TopImage> TopImages(RunDirectory run, int layer, int neuron) =>
        [.. Shown(run, layer, neuron).ToArray().Select(image => new TopImage(image, Path.GetFileName(run.Images[image].Path)))];
}

/// <summary>A top image: its index and its file's name.</summary>
internal sealed record TopImage(int Index, string Name);
