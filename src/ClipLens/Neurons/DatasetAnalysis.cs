using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// From finished passes to neurons (paper, Section 4): mean, top images, threshold, direction and explained variance of every neuron. Which
/// images are the top ones is decided exactly, among those that were kept.
/// </summary>
internal sealed class DatasetAnalysis
{
    private const int Chunk = 64;
    private readonly IReadOnlyList<EffectPass> parts;
    private readonly int top;
    private readonly DirectionSign sign;
    private readonly CancellationToken cancellation;

    private DatasetAnalysis(IReadOnlyList<EffectPass> parts, int top, DirectionSign sign, CancellationToken cancellation) =>
        (this.parts, this.top, this.sign, this.cancellation) = (parts, top, sign, cancellation);

    /// <summary>Analyzes blocks, one after the other.</summary>
    /// <param name="parts">The passes over all parts of a dataset, done, in order.</param>
    /// <param name="wanted">The blocks.</param>
    /// <param name="top">Number k of top images of a neuron, not more than the passes were told.</param>
    /// <param name="sign">Which way directions point.</param>
    /// <param name="progress">Blocks done.</param>
    /// <param name="cancellation">Stops between some neurons.</param>
    public static IEnumerable<LayerNeurons> Analyze(IReadOnlyList<EffectPass> parts, IReadOnlyList<int> wanted, int top,
        DirectionSign sign, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int images = parts.Sum(part => part.Sums.Images);
        if (top > images)
            throw new SettingException("Top", $"{top} top images were asked for, but only {images} images could be read; ask for fewer.");
        if (wanted.Count == 0) yield break;
        parts[0].MakeForms(progress, cancellation);
        var stage = new StageProgress(progress, "Top images and directions", wanted.Count);
        stage.Report(0);
        foreach (var (done, layer) in wanted.Index())
        {
            yield return new DatasetAnalysis(parts, top, sign, cancellation).Analyze(layer);
            stage.Report(done + 1);
        }
    }

    /// <summary>The sums over the representations of all images of some parts.</summary>
    public static ImageSums SumImages(IReadOnlyList<EffectPass> parts)
    {
        var sums = new ImageSums((int)parts[0].Effects.Paths.ProjectionAfterNorm.shape[0]);
        foreach (var part in parts) sums.Add(part.ImageSums);
        return sums;
    }

    /// <summary>How a block's neurons go with the representations of all images of some parts; the caller owns it.</summary>
    public static BehaviourSums SumBehaviour(IReadOnlyList<EffectPass> parts, int layer)
    {
        var own = parts[0].Layer(layer);
        var sums = new BehaviourSums(own.Neurons, own.Width);
        foreach (var part in parts) sums.Sums.add_(part.Layer(layer).Behaviour.Sums);
        return sums;
    }

    private LayerNeurons Analyze(int layer)
    {
        using var mode = inference_mode();
        using var threads = TorchThreads.One();
        using var scope = NewDisposeScope();
        var (mean, bias) = EffectSums.Mean(parts.Select(part => part.Sums), layer);
        var selection = new TopSelection(parts, layer, top, mean, bias);
        var results = new Arrays(layer, selection.Neurons, (int)bias.shape[0], top);
        int chunks = (selection.Neurons + Chunk - 1) / Chunk;
        var open = new List<int>();
        OrderedWork.Run(0, chunks, chunk => Do(chunk), (chunk, isDecided) =>
        {
            if (!isDecided.Value) open.Add(chunk);
        }, parts[0].Workers, cancellation);
        if (open.Count == 0) return results.ToNeurons();
        selection.DecideByAnotherPass(cancellation);
        OrderedWork.Run(0, open.Count, i => Do(open[i]), (_, _) => { }, parts[0].Workers, cancellation);
        return results.ToNeurons();

        Decided Do(int chunk)
        {
            int first = chunk * Chunk, count = Math.Min(Chunk, selection.Neurons - first);
            var candidates = Enumerable.Range(first, count).Select(selection.Select).ToList();
            if (candidates.Contains(null)) return new(false);
            Finish(selection, results, mean, bias, first, candidates!);
            return new(true);
        }
    }

    /// <summary>Fills some neurons' results from the mean and the candidates for their top images.</summary>
    private void Finish(TopSelection selection, Arrays results, Tensor mean, Tensor bias, int first, List<TopCandidates> candidates)
    {
        using var scope = NewDisposeScope();
        int count = candidates.Count, width = results.Width;
        var directions = parts[0].Effects.Paths.Directions(results.Layer, first, count).ToHost();
        var means = mean.narrow(0, first, count).unsqueeze(1).bmm(directions).squeeze(1) + bias;
        means.Floats().CopyTo(results.Mean.AsSpan(first * width));
        var biases = selection.Biases(candidates, bias);
        var effects = new List<Tensor>();
        for (int i = 0; i < count; i++)
        {
            using var inner = NewDisposeScope();
            var own = candidates[i];
            // A product of its own, so that its bits do not depend on other neurons' candidates.
            var centred = tensor(own.Rows, [own.Images.Count, mean.shape[1]]) - mean[first + i];
            var all = centred.mm(directions[i]).add_(biases(own));
            float[] norms = linalg.vector_norm(all, 2, [1]).Floats().ToArray();
            int[] order = [.. Enumerable.Range(0, norms.Length).OrderByDescending(image => norms[image])
                .ThenBy(image => own.Images[image].Index).Take(top)];
            int place = (first + i) * top;
            for (int rank = 0; rank < top; rank++)
                (results.TopImages[place + rank], results.TopNorms[place + rank]) =
                    (own.Images[order[rank]].Index, norms[order[rank]]);
            results.Threshold[first + i] = norms[order[^1]];
            effects.Add(all.index_select(0, tensor(order.Select(image => (long)image).ToArray())).MoveToOuterDisposeScope());
        }
        var (direction, explained) = PrincipalDirections.Decompose(stack(effects, 0), sign);
        direction.Floats().CopyTo(results.Direction.AsSpan(first * width));
        explained.Floats().CopyTo(results.VarianceExplained.AsSpan(first));
    }

    private sealed record Decided(bool Value);

    /// <summary>The results of a block while they are filled.</summary>
    private sealed class Arrays(int layer, int neurons, int width, int top)
    {
        public int Layer { get; } = layer;
        public int Width { get; } = width;
        public float[] Mean { get; } = new float[neurons * width];
        public float[] Direction { get; } = new float[neurons * width];
        public float[] VarianceExplained { get; } = new float[neurons];
        public int[] TopImages { get; } = new int[neurons * top];
        public float[] TopNorms { get; } = new float[neurons * top];
        public float[] Threshold { get; } = new float[neurons];

        public LayerNeurons ToNeurons() => new()
        {
            Layer = Layer,
            Count = VarianceExplained.Length,
            Width = Width,
            Top = top,
            Mean = Mean,
            Direction = Direction,
            VarianceExplained = VarianceExplained,
            TopImages = TopImages,
            TopNorms = TopNorms,
            Threshold = Threshold,
        };
    }
}
