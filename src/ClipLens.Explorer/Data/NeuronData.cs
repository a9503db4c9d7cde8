using ClipLens.Explorer.Meaning;
using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>All that the page of a neuron shows, but for its activation maps. What portraits tell is null without them.</summary>
internal sealed record NeuronData(int Layer, int Neuron, double? Variance, double? Threshold, IReadOnlyList<TextWeight> Writes,
    IReadOnlyList<TextWeight>? Acts, IReadOnlyList<TopImage> Images, IReadOnlyList<double?> Norms, IReadOnlyList<Neighbour> Nearest,
    NeuronScoreData Scores)
{
    /// <summary>Neurons in a file.</summary>
    public const int Block = 16;

    /// <summary>Top images on a page.</summary>
    public const int ImagesShown = 20;

    private const int TextsShown = 16, NearestShown = 12, WordsShown = 3;

    /// <summary>What the neuron does on all images, not the top images alone.</summary>
    public NeuronPortrait? Portrait { get; init; }

    /// <summary>The neurons that act on the same images.</summary>
    public IReadOnlyList<Neighbour>? Alike { get; init; }

    /// <summary>The groups of its top images.</summary>
    public IReadOnlyList<MeaningCluster>? Clusters { get; init; }

    /// <summary>Reads neurons that lie side by side in a block.</summary>
    public static IReadOnlyList<NeuronData> Read(RunSources sources, int layer, int from)
    {
        var (run, texts, vectors) = (sources.Run, sources.Texts, sources.Vectors);
        var neurons = run.NeuronsInBrief(layer);
        int count = Math.Min(Block, neurons.Count - from), place = vectors.PlaceOf(layer, from);
        var near = Meaning.Nearest.ToNeurons(vectors, vectors.Writes, place, count, NearestShown);
        var alike = vectors.Behaviour is { } behaviour ? Meaning.Nearest.ToNeurons(vectors, behaviour, place, count, NearestShown) : null;
        var clusters = run.Portraits(layer) is null ? null : sources.Clusters?.Find(neurons, from, count);
        var (writes, acts, portraits, scores) = (texts.Writes(layer), texts.ActsOn(layer), run.Portraits(layer), sources.Scores(layer));
        return [.. Enumerable.Range(from, count).Select(i => new NeuronData(layer, i, DataScript.Number(neurons.VarianceExplained[i]),
            DataScript.Number(neurons.Threshold[i]), TextWeight.Read(texts, writes, i, TextsShown),
            acts is null ? null : TextWeight.Read(texts, acts, i, TextsShown), TopImages(run, layer, i),
            [.. neurons.TopNormsOf(i).ToArray().Select(norm => DataScript.Number(norm, 3))], Worded(texts, near[i - from]),
            NeuronScoreData.Read(scores, i))
        {
            Portrait = portraits is null ? null : NeuronPortrait.Read(run, portraits, i),
            Alike = alike is null ? null : Worded(texts, alike[i - from]),
            Clusters = clusters?[i - from],
        })];
    }

    /// <summary>The images that a neuron's page shows.</summary>
    public static IEnumerable<int> Shown(RunDirectory run, int layer, int neuron)
    {
        var top = run.NeuronsInBrief(layer).TopImagesOf(neuron)[..Math.Min(MeaningClusters.Most, run.NeuronsInBrief(layer).Top)].ToArray();
        return run.Portraits(layer) is { } portraits ? [.. top, .. NeuronPortrait.Shown(run, portraits, neuron)]
            : top[..Math.Min(ImagesShown, top.Length)];
    }

    /// <summary>Neighbours with the words that say what they are: a page need not load their layers for that.</summary>
    private static IReadOnlyList<Neighbour> Worded(PageTexts texts, IReadOnlyList<Neighbour> neighbours) =>
        [.. neighbours.Select(own => own with { Words = Words(texts, own) })];

    private static string[] Words(PageTexts texts, Neighbour own)
    {
        var acts = texts.ActsOn(own.Layer);
        var described = acts is not null && acts.TextsOf(own.Neuron).Length > 0 ? acts : texts.Writes(own.Layer);
        return [.. TextWeight.Read(texts, described, own.Neuron, WordsShown).Select(text => (text.Weight < 0 ? "\u2212" : "") + text.Text)];
    }

    private static List<TopImage> TopImages(RunDirectory run, int layer, int neuron) =>
        [.. run.NeuronsInBrief(layer).TopImagesOf(neuron)[..Math.Min(MeaningClusters.Most, run.NeuronsInBrief(layer).Top)].ToArray()
            .Select(image => TopImage.From(run, image))];
}

/// <summary>An image: its index and its file's name.</summary>
internal sealed record TopImage(int Index, string Name)
{
    public static TopImage From(RunDirectory run, int index) => new(index, Path.GetFileName(run.Images[index].Path));
}

/// <summary>An image and how strongly a neuron acts on it.</summary>
internal sealed record ShownImage(int Index, string Name, double? Norm);

/// <summary>A neuron's scores beside what chance gives and what is possible; null where one is not known.</summary>
/// <param name="Selectivity">How far its top effects stand above the threshold.</param>
/// <param name="Truth">How well its description tells where it acts on held-out images (AUROC).</param>
/// <param name="TruthFloor">The same of another neuron's description.</param>
/// <param name="TruthCeiling">The same of its direction itself.</param>
/// <param name="Significant">Held-out images on which it acts.</param>
/// <param name="Polysemanticity">How unlike its top images are to the model; 1 is chance.</param>
/// <param name="Agreement">Cosine of what it acts on and what it writes.</param>
internal sealed record NeuronScoreData(double? Selectivity, double? Truth, double? TruthFloor, double? TruthCeiling, int? Significant,
    double? Polysemanticity, double? Agreement)
{
    public static NeuronScoreData Read(NeuronScores scores, int neuron)
    {
        var truth = scores.Truth?.Neurons[neuron];
        return new(DataScript.Number(scores.Selectivity[neuron]), Or(truth?.Description), Or(truth?.Random), Or(truth?.Direction),
            truth?.Significant, Or(scores.Polysemanticity?[neuron]), Or(scores.Agreement?[neuron]));
    }

    private static double? Or(double? value) => value is { } known ? DataScript.Number(known, 3) : null;
}
