using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// From the first pass to neurons (paper, Section 4): mean, norms of the centred effects, top images, threshold, direction and explained
/// variance of every neuron, without ever forming the effects of the whole dataset.
/// </summary>
internal static class DatasetAnalysis
{
    private const int DirectionChunk = 64;

    /// <summary>Analyzes the blocks of a finished pass, one after the other.</summary>
    /// <param name="pass">The first pass, done.</param>
    /// <param name="layers">The blocks of the pass. What is worked on at once is cut from all of them, so that results do not depend on
    /// which are wanted.</param>
    /// <param name="wanted">Those of them that are wanted.</param>
    /// <param name="neurons">Neurons of a block.</param>
    /// <param name="top">Number k of top images of a neuron.</param>
    /// <param name="budget">Memory for tables and top rows.</param>
    /// <param name="progress">Images visited by block range.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="sign">Which way directions point.</param>
    /// <param name="behaviour">Receives, before a block is given back, the sums that say what its neurons act on; not wanted if
    /// null.</param>
    public static IEnumerable<LayerNeurons> Analyze(EffectPass pass, IReadOnlyList<int> layers, IReadOnlyList<int> wanted, int neurons,
        int top,
        long budget, IProgress<WorkProgress>? progress, CancellationToken cancellation, DirectionSign sign = DirectionSign.Strongest,
        IDictionary<int, BehaviourSums>? behaviour = null)
    {
        var paths = pass.Effects.Paths;
        int images = pass.Readable.Count;
        if (top > images)
            throw new SettingException("Top", $"{top} top images were asked for, but only {images} images could be read; ask for fewer.");
        var groups = NeuronRange.Pack(layers, neurons, layer =>
                CentredNorms.BytesPerNeuron(paths.PathCount(layer), paths.HeadWidth) + TopRows.BytesPerNeuron(top, paths.PathCount(layer)),
                budget)
            .Select(group => group.Where(range => wanted.Contains(range.Layer)).ToList()).Where(group => group.Count > 0).ToList();
        var results = new Dictionary<int, Arrays>();
        for (int i = 0; i < groups.Count; i++)
        {
            string stage = groups.Count == 1 ? "Top images and directions" : $"Top images and directions ({i + 1} of {groups.Count})";
            var visited = new StageProgress(progress, stage, images);
            AnalyzeGroup(pass, groups[i], neurons, top, sign, results, behaviour, visited, cancellation);
            foreach (var range in groups[i].Where(range => range.First + range.Count == neurons))
                if (results.Remove(range.Layer, out var finished)) yield return finished.ToNeurons();
        }
    }

    private static void AnalyzeGroup(EffectPass pass, IReadOnlyList<NeuronRange> ranges, int neurons, int top, DirectionSign sign,
        Dictionary<int, Arrays> results, IDictionary<int, BehaviourSums>? behaviour, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        using var mode = inference_mode();
        using var threads = TorchThreads.One();
        using var scope = NewDisposeScope();
        var work = ranges.ToDictionary(range => range, range => Prepare(pass, range, top));
        foreach (int layer in ranges.Select(range => range.Layer).Distinct())
            if (behaviour?.ContainsKey(layer) == false) behaviour[layer] =
            new BehaviourSums(neurons, (int)pass.Effects.Paths.ProjectionAfterNorm.shape[0]);
        try
        {
            pass.Visit(ranges, (range, images, coefficients, biases) =>
            {
                var (norms, rows) = work[range];
                var sums = behaviour?[range.Layer];
                double[] representations = sums is null ? [] : Wide(pass.Representations(images));
                norms.Visit(coefficients, biases, (neuron, values, centred, stride) =>
                {
                    sums?.Add(range.First + neuron, values, images, representations);
                    for (int i = 0; i < values.Length; i++) rows.Offer(neuron, values[i], images[i], centred[(i * stride)..]);
                });
            }, progress, cancellation);
            foreach (var range in ranges)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!results.TryGetValue(range.Layer, out var layer))
                    results[range.Layer] = layer = new(range.Layer, neurons, (int)pass.Effects.Paths.ProjectionAfterNorm.shape[0], top);
                Finish(pass, range, work[range].Rows, layer, sign, cancellation);
            }
        }
        finally
        {
            foreach (var (norms, _) in work.Values) norms.Dispose();
        }
    }

    /// <summary>The sums over the representations of all images that could be used, in their order.</summary>
    public static ImageSums SumImages(EffectPass pass)
    {
        var readable = pass.Readable;
        int width = (int)pass.Effects.Paths.ProjectionAfterNorm.shape[0];
        var sums = new ImageSums(width);
        foreach (int[] images in readable.Chunk(256))
        {
            using var scope = NewDisposeScope();
            double[] representations = Wide(pass.Representations(images));
            for (int i = 0; i < images.Length; i++) sums.Add(images[i], representations.AsSpan(i * width, width));
        }
        return sums;
    }

    private static double[] Wide(Tensor values) => values.to(ScalarType.Float64).data<double>().ToArray();

    private static (CentredNorms Norms, TopRows Rows) Prepare(EffectPass pass, NeuronRange range, int top)
    {
        using var scope = NewDisposeScope();
        var (coefficients, bias) = pass.Mean(range.Layer);
        var norms = new CentredNorms(pass.Effects.Paths, range.Layer, range.First, range.Count,
            coefficients.narrow(0, range.First, range.Count), bias, pass.VisitWorkers);
        return (norms, new TopRows(range.Count, top, pass.Effects.Paths.PathCount(range.Layer)));
    }

    /// <summary>Fills a range of a block's results from its mean and its top rows.</summary>
    private static void Finish(EffectPass pass, NeuronRange range, TopRows rows, Arrays layer, DirectionSign sign,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (meanCoefficients, meanBias) = pass.Mean(range.Layer);
        OrderedWork.Run(0, (range.Count + DirectionChunk - 1) / DirectionChunk, chunk =>
        {
            int start = chunk * DirectionChunk, count = Math.Min(DirectionChunk, range.Count - start), first = range.First + start;
            var directions = pass.Effects.Paths.Directions(range.Layer, first, count);
            var mean = meanCoefficients.narrow(0, first, count).unsqueeze(1).bmm(directions).squeeze(1) + meanBias;
            mean.Floats().CopyTo(layer.Mean.AsSpan(first * layer.Width));

            var top = ReadTop(rows, start, count, first, layer, (int)directions.shape[1]);
            var effects = top.bmm(directions).add_(CentredBiases(pass, layer, first, count, meanBias));
            var (direction, explained) = PrincipalDirections.Decompose(effects, sign);
            direction.Floats().CopyTo(layer.Direction.AsSpan(first * layer.Width));
            explained.Floats().CopyTo(layer.VarianceExplained.AsSpan(first));
            return count;
        }, (_, _) => { }, pass.Workers, cancellation);
    }

    /// <summary>Copies the top images and norms of some neurons to the results and returns their centred coefficients [count, k,
    /// K].</summary>
    private static Tensor ReadTop(TopRows rows, int start, int count, int first, Arrays layer, int paths)
    {
        var sorted = new float[(long)count * layer.Top * paths];
        for (int i = 0; i < count; i++)
        {
            int place = (first + i) * layer.Top;
            rows.Read(start + i, layer.TopNorms.AsSpan(place, layer.Top), layer.TopImages.AsSpan(place, layer.Top),
                sorted.AsSpan(i * layer.Top * paths, layer.Top * paths));
            layer.Threshold[first + i] = layer.TopNorms[place + layer.Top - 1];
        }
        return tensor(sorted, [count, layer.Top, paths]);
    }

    /// <summary>Centred bias shares of the top images of some neurons: [count, k, d].</summary>
    private static Tensor CentredBiases(EffectPass pass, Arrays layer, int first, int count, Tensor meanBias)
    {
        var wanted = layer.TopImages.AsSpan(first * layer.Top, count * layer.Top).ToArray();
        var distinct = wanted.Distinct().Order().ToArray();
        var biases = pass.File(layer.Layer).ReadBiases(distinct) - meanBias;
        var rows = wanted.Select(image => (long)Array.BinarySearch(distinct, image)).ToArray();
        return biases.index_select(0, tensor(rows)).view(count, layer.Top, layer.Width);
    }

    /// <summary>The results of a block while they are filled.</summary>
    private sealed class Arrays(int layer, int neurons, int width, int top)
    {
        public int Layer { get; } = layer;
        public int Width { get; } = width;
        public int Top { get; } = top;
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
            Top = Top,
            Mean = Mean,
            Direction = Direction,
            VarianceExplained = VarianceExplained,
            TopImages = TopImages,
            TopNorms = TopNorms,
            Threshold = Threshold,
        };
    }
}
