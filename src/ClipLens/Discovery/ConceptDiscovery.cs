using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>What a model sees in images, in the words of a pool, with the neurons and the patches behind each word (paper, Appendix A.5).
/// Safe to use from several threads.</summary>
public sealed class ConceptDiscovery : IDisposable
{
    /// <summary>Texts looked at for every concept wanted: the rest say the same as others.</summary>
    private const int Spare = 8;

    private const int NeuronsBehind = 10;

    private readonly ClipModel model;
    private readonly DescribedNeurons neurons;
    private readonly DiscoverySettings settings;
    private readonly SecondOrder second;
    private readonly DirectionReadout readout;
    private readonly ConceptScores scores;
    private readonly SynonymFilter same;
    private readonly LayerNeurons[] layers;

    /// <summary>Prepares the discovery.</summary>
    /// <param name="model">The model; it must outlive the discovery.</param>
    /// <param name="neurons">Its neurons with their texts; they must outlive the discovery.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="ClipLensException">The neurons are another model's, or a setting cannot be met.</exception>
    public ConceptDiscovery(ClipModel model, DescribedNeurons neurons, DiscoverySettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(neurons);
        (this.model, this.neurons, this.settings) = (model, neurons, settings ?? new());
        layers = [.. neurons.Layers.Select(layer => layer.Neurons)];
        Check();
        second = new SecondOrder(model.Image, [.. layers.Select(layer => layer.Layer)]);
        readout = new DirectionReadout(model.Image);
        scores = new ConceptScores(neurons, this.settings.MeanRepresentation);
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int i = 0; i < neurons.Pool.Count; i++) places.TryAdd(neurons.Pool[i], i);
        same = new SynonymFilter(texts => scores.Texts.index_select(0, tensor(texts.Select(text => places[text]).ToArray())),
            this.settings.SameCosine, neurons.Pool, []);
    }

    /// <summary>The cosine from which two texts say the same.</summary>
    public float SameCosine => same.Cosine;

    /// <summary>Finds the concepts of images. One that cannot be read has an error instead.</summary>
    /// <param name="images">The images.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One result an image, in their order.</returns>
    public IReadOnlyList<ImageConcepts> Discover(IReadOnlyList<ImageEntry> images, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var all = new List<ImageConcepts>();
        Pass(images, (trace, place, effects) => Describe(trace, place, effects, settings.Method), (entry, outcome, found) =>
            all.Add(new(entry.Name, outcome.Error,
            found?.Significant ?? 0, found?.Concepts ?? [])), progress, cancellation);
        return all;
    }

    /// <summary>The first texts of images by several methods, without neurons and patches: what an evaluation needs.</summary>
    /// <param name="images">The images.</param>
    /// <param name="methods">The methods with their weights; the weight counts for <see cref="DiscoveryMethod.Reinforced"/> alone.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One result an image that could be read, in their order.</returns>
    public IReadOnlyList<RankedTexts> Texts(IReadOnlyList<ImageEntry> images, IReadOnlyList<(DiscoveryMethod Method, float Weight)> methods,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(methods);
        var all = new List<RankedTexts>();
        int image = 0;
        Pass(images, (trace, place, effects) =>
            methods.Select(method => Groups(scores.Score(method.Method, trace.Representation[place].ToHost(), effects, method.Weight)))
            .ToArray(),
            (_, _, found) =>
            {
                if (found is not null) all.Add(new(image, found));
                image++;
            }, progress, cancellation);
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => scores.Dispose();

    private void Pass<T>(IReadOnlyList<ImageEntry> images, Func<ForwardTrace, int, SignificantEffects, T> describe, Action<ImageEntry,
        ImageOutcome, T?> take,
        IProgress<WorkProgress>? progress, CancellationToken cancellation) where T : class
    {
        using var reader = new ImageBatchReader(model.Preprocessor, images, settings.ApplyOrientation);
        var options = new WorkOptions { Workers = settings.Workers, Progress = progress, Cancellation = cancellation };
        new DatasetPass(reader, settings.Batch, "Concepts", options).Run(Work, (read, found) =>
        {
            int place = 0;
            for (int i = 0; i < read.Outcomes.Count; i++)
                take(images[read.Start + i], read.Outcomes[i], read.Outcomes[i].Error is null ? found![place++] : null);
        });

        T[] Work(ImageBatch read)
        {
            using var scope = NewDisposeScope();
            using var turn = model.Placement.Turn();
            var trace = model.Image.Trace(read.Pixels, second.Request);
            var effects = SignificantEffects.Find(second, trace, layers);
            return [.. effects.Select((own, place) => describe(trace, place, own))];
        }
    }

    private ImageConcepts Describe(ForwardTrace trace, int place, SignificantEffects effects, DiscoveryMethod method)
    {
        using var scope = NewDisposeScope();
        float[] all = scores.Score(method, trace.Representation[place].ToHost(), effects, settings.Weight);
        var groups = Groups(all);
        if (groups.Count == 0) return new("", null, effects.Neurons.Count, []);
        var directions = scores.Texts.index_select(0, tensor(groups.Select(group => (long)group[0]).ToArray()));
        var maps = ConceptMap.Compute(readout, trace, place, effects.Neurons, directions).ToHost();
        float[][] shares = method == DiscoveryMethod.Paper ? [.. groups.Select(group => PaperShares(effects, group[0]))]
            : Rows(directions.matmul(effects.Effects.t()));
        float[][] patches = Rows(model.Image.Patches(maps, 1));
        int grid = model.Config.Vision.Grid;
        return new("", null, effects.Neurons.Count,
            [.. groups.Select((group, i) => new Concept(neurons.Pool[group[0]], group[0], all[group[0]],
            [.. group.Skip(1).Select(text => neurons.Pool[text])], Largest(effects.Neurons, shares[i]),
                new HeatMap(patches[i], grid, grid)))]);
    }

    /// <summary>The texts with the highest scores, those that say the same together, the highest first.</summary>
    private IReadOnlyList<IReadOnlyList<int>> Groups(float[] all)
    {
        int[] best = TopTexts(all, Spare * settings.Count);
        var (kept, dropped) = same.Sift([.. best.Select(text => neurons.Pool[text])], [], settings.Count);
        var groups = kept.ToDictionary(place => place, place => new List<int> { best[place] });
        foreach (var (text, _, earlier) in dropped)
            if (earlier is int place) groups[place].Add(best[text]);
        return [.. kept.Select(place => groups[place])];
    }

    /// <summary>The places of the largest positive scores, the largest first, of equals the first.</summary>
    private static int[] TopTexts(float[] scores, int count)
    {
        var heap = new PriorityQueue<int, (float Score, int Place)>();
        for (int i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] > 0)) continue;
            if (heap.Count < count) heap.Enqueue(i, (scores[i], -i));
            else heap.EnqueueDequeue(i, (scores[i], -i));
        }
        int[] places = [.. heap.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
        return places;
    }

    private float[] PaperShares(SignificantEffects effects, int text) =>
        [.. effects.Neurons.Select((neuron, i) => effects.Norms[i] * neurons.TextsOf(neuron).Where(own => own.Text == text)
        .Sum(own => own.Coefficient))];

    private static NeuronShare[] Largest(IReadOnlyList<NeuronId> ids, float[] shares) =>
        [.. ids.Select((id, i) => new NeuronShare(id, shares[i])).Where(share => share.Share > 0).OrderByDescending(share => share.Share)
        .Take(NeuronsBehind)];

    private static float[][] Rows(Tensor matrix)
    {
        float[] all = matrix.contiguous().Floats().ToArray();
        // An image on which no neuron acts significantly has rows of nothing.
        int width = (int)matrix.shape[1];
        return [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(row => all[(row * width)..((row + 1) * width)])];
    }

    private void Check()
    {
        if (neurons.Embeddings.shape[1] != model.Config.EmbedDim || layers.Any(layer => layer.Width != model.Config.EmbedDim
            || layer.Count != model.Config.Vision.MlpWidth))
            throw new ClipLensException(
            "The neurons are not of this model: their sizes differ; give the model that the run was made with.");
        if (settings.Count < 1 || settings.Batch < 1) throw new ClipLensException("Concepts and images of a batch are counted from 1; "
            + "ask for at least one of each.");
        if (settings.Method == DiscoveryMethod.Embedding && settings.MeanRepresentation is null)
            throw new ClipLensException("The method embedding needs the mean representation of a dataset; give it, or choose another "
            + "method.");
    }
}
