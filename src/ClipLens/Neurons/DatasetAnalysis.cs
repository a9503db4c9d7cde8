using ClipLens.Compute;
using ClipLens.Effects;
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
        var analysis = new DatasetAnalysis(parts, top, sign, cancellation);
        foreach (var (done, layer) in analysis.Prepare(wanted, progress).Index())
        {
            yield return analysis.Analyze(layer);
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

    private List<Prepared> Prepare(IReadOnlyList<int> wanted, IProgress<WorkProgress>? progress)
    {
        using var mode = inference_mode();
        using var threads = TorchThreads.One();
        using var scope = NewDisposeScope();
        var prepared = wanted.Select(layer =>
        {
            var (mean, bias) = EffectSums.Mean(parts.Select(part => part.Sums), layer);
            return new Prepared(new TopSelection(parts, layer, top, mean, bias), mean.DetachFromDisposeScope(),
                bias.DetachFromDisposeScope());
        }).ToList();
        Decide([.. prepared.Select(own => own.Selection)], progress);
        GlibcHeap.Trim();
        return prepared;
    }

    /// <summary>Looks which neurons the images that were kept do not decide, and looks again at the images that these need: once for all
    /// blocks, or as often as what is found of them needs it not to fill the memory.</summary>
    private void Decide(IReadOnlyList<TopSelection> selections, IProgress<WorkProgress>? progress)
    {
        var open = new Dictionary<TopSelection, IReadOnlyList<OpenNeuron>>();
        long bytes = 0;
        foreach (var selection in selections)
        {
            OpenNeuron[] own = Undecided(selection);
            if (own.Length == 0) continue;
            long more = 4L * own.Length * selection.Paths * top;
            if (open.Count > 0 && bytes + more > parts[0].MemoryBudget) Look();
            open[selection] = own;
            bytes += more;
        }
        if (open.Count > 0) Look();

        void Look()
        {
            new SecondLook(parts, open).Run(progress, cancellation);
            open.Clear();
            bytes = 0;
        }
    }

    private OpenNeuron[] Undecided(TopSelection selection)
    {
        var open = new List<OpenNeuron>();
        OrderedWork.Run(0, Chunks(selection), chunk => Neurons(selection, chunk).Select(selection.Decide).OfType<OpenNeuron>().ToList(),
            (_, own) => open.AddRange(own), parts[0].Workers, cancellation);
        return [.. open];
    }

    private static int Chunks(TopSelection selection) => (selection.Neurons + Chunk - 1) / Chunk;

    private static IEnumerable<int> Neurons(TopSelection selection, int chunk) =>
        Enumerable.Range(chunk * Chunk, Math.Min(Chunk, selection.Neurons - chunk * Chunk));

    private LayerNeurons Analyze(Prepared layer)
    {
        using var mode = inference_mode();
        using var threads = TorchThreads.One();
        using var own = layer;
        var (selection, mean, bias) = layer;
        var results = new Arrays(selection.Layer, selection.Neurons, (int)bias.shape[0], top);
        int together = OutputPaths.Together(selection.Neurons);
        OrderedWork.Run(0, (selection.Neurons + together - 1) / together, piece =>
        {
            int start = piece * together;
            parts[0].Effects.Paths.VisitDirections(selection.Layer, start, Math.Min(together, selection.Neurons - start), Chunk,
                (first, directions) => Finish(selection, results, mean, bias, first, directions));
            return piece;
        }, (_, _) => { }, parts[0].Workers, cancellation);
        return results.ToNeurons();
    }

    /// <summary>Fills some neurons' results from the mean and the candidates for their top images.</summary>
    private void Finish(TopSelection selection, Arrays results, Tensor mean, Tensor bias, int first, Tensor directions)
    {
        using var scope = NewDisposeScope();
        int count = (int)directions.shape[1], width = results.Width;
        List<TopCandidates> candidates = [.. Enumerable.Range(first, count).Select(selection.Select)];
        var centre = mean.narrow(0, first, count).With(directions);
        var means = centre.unsqueeze(1).bmm(directions.transpose(0, 1)).squeeze(1).ToHost() + bias;
        means.Floats().CopyTo(results.Mean.AsSpan(first * width));
        var biases = selection.Biases(candidates, bias);
        var found = cat([.. candidates.Select((own, i) => Product(own, centre[i], directions.select(1, i)))], 0).ToHost();
        var effects = empty(count, top, width);
        for (int i = 0, row = 0; i < count; row += candidates[i++].Images.Count)
        {
            var all = found.Floats().Slice(row * width, candidates[i].Images.Count * width);
            biases.AddTo(candidates[i], all);
            Rank(results, first + i, candidates[i], all, effects.Floats().Slice(i * top * width, top * width));
        }
        var (direction, explained) = PrincipalDirections.Decompose(effects, sign);
        direction.Floats().CopyTo(results.Direction.AsSpan(first * width));
        explained.Floats().CopyTo(results.VarianceExplained.AsSpan(first));
    }

    /// <summary>Centred effects of a neuron's candidates without their bias shares, where the directions are: [images, d]. A product of its
    /// own, so that its bits do not depend on other neurons' candidates.</summary>
    private static Tensor Product(TopCandidates own, Tensor centre, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var rows = tensor(own.Rows, [own.Images.Count, centre.shape[0]], device: CPU).With(directions);
        return (rows - centre).mm(directions).MoveToOuterDisposeScope();
    }

    /// <summary>Takes a neuron's top images from the centred effects of all that may be among them.</summary>
    private void Rank(Arrays results, int neuron, TopCandidates own, ReadOnlySpan<float> effects, Span<float> topEffects)
    {
        int width = results.Width, place = neuron * top;
        float[] norms = new float[own.Images.Count];
        for (int image = 0; image < norms.Length; image++) norms[image] = Vectors.Length(effects.Slice(image * width, width));
        int[] order = [.. Enumerable.Range(0, norms.Length).OrderByDescending(image => norms[image])
            .ThenBy(image => own.Images[image].Index).Take(top)];
        for (int rank = 0; rank < top; rank++)
        {
            (results.TopImages[place + rank], results.TopNorms[place + rank]) = (own.Images[order[rank]].Index, norms[order[rank]]);
            effects.Slice(order[rank] * width, width).CopyTo(topEffects[(rank * width)..]);
        }
        results.Threshold[neuron] = norms[order[^1]];
    }

    /// <summary>A block whose top images are being chosen.</summary>
    /// <param name="Selection">Who chooses.</param>
    /// <param name="Mean">Its mean coefficients: [N, K].</param>
    /// <param name="Bias">Its mean bias share: [d].</param>
    private sealed record Prepared(TopSelection Selection, Tensor Mean, Tensor Bias) : IDisposable
    {
        public void Dispose()
        {
            Selection.Dispose();
            Mean.Dispose();
            Bias.Dispose();
        }
    }

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
