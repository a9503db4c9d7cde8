using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Portraits;

/// <summary>What a batch adds to the sketch of a range of neurons.</summary>
/// <param name="Range">The neurons, n of them.</param>
/// <param name="Norms">Norms of the centred effects: [n, B].</param>
/// <param name="Large">Which of them are above the threshold: [n, B].</param>
/// <param name="Top">Coefficients summed over the images above it: [n, K].</param>
/// <param name="All">Coefficients summed over all images: [n, K].</param>
internal sealed record SketchPart(NeuronRange Range, Tensor Norms, Tensor Large, Tensor Top, Tensor All)
{
    /// <summary>Moves the tensors out of their dispose scope.</summary>
    public void MoveToOuter()
    {
        foreach (var tensor in new[] { Norms, Large, Top, All }) tensor.MoveToOuterDisposeScope();
    }
}

/// <summary>The portraits of a block while images are taken in.</summary>
internal sealed class LayerSketch : IDisposable
{
    /// <summary>A norm comes out a little different from pass to pass: what is so near the threshold counts as above it.</summary>
    private const float Slack = 1e-4f;

    /// <summary>More images are kept below the threshold than shown: some may turn out to be top images.</summary>
    private const int Kept = LayerPortraits.Below + 4;

    private const int Chunk = 64;

    private readonly LayerNeurons neurons;
    private readonly OutputPaths paths;
    private readonly Dictionary<int, int> places;
    private readonly float[] sampleNorms;
    private readonly Tensor histogram, largest, threshold, belowNorms, belowImages, top, all, topCount;
    private readonly long[] images;

    public LayerSketch(LayerNeurons neurons, OutputPaths paths, int[] sample)
    {
        using var scope = NewDisposeScope();
        (this.neurons, this.paths) = (neurons, paths);
        places = sample.Select((image, place) => (image, place)).ToDictionary(pair => pair.image, pair => pair.place);
        int count = neurons.Count, k = paths.PathCount(neurons.Layer);
        sampleNorms = new float[count * sample.Length];
        histogram = Own(zeros(count, LayerPortraits.Bins));
        largest = Own(tensor([.. Enumerable.Range(0, count).Select(i => Math.Max(neurons.TopNormsOf(i)[0], 1e-20f))], [count, 1]));
        threshold = Own(tensor(neurons.Threshold.Select(value => value * (1 - Slack)).ToArray(), [count, 1]));
        (belowNorms, belowImages) = (Own(full(count, Kept, -1f)), Own(full(count, Kept, -1, ScalarType.Int64)));
        (top, all, topCount) = (Own(zeros(count, k)), Own(zeros(count, k)), Own(zeros(count, 1)));
        images = new long[count];
    }

    /// <summary>What a batch adds; any thread may ask.</summary>
    /// <param name="table">The tables of a range of the block's neurons.</param>
    /// <param name="coefficients">Their coefficients: [B, n, K].</param>
    /// <param name="bias">The bias shares: [B, d].</param>
    public SketchPart Measure(AblationTables table, Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var range = table.Range;
        var norms = table.Norms(coefficients, bias);
        var large = norms.ge(threshold.narrow(0, range.First, range.Count).With(norms));
        var own = coefficients.transpose(0, 1);
        var above = large.to(ScalarType.Float32).unsqueeze(1).bmm(own).squeeze(1);
        var part = new SketchPart(range, norms.contiguous().ToHost(), large.ToHost(), above.ToHost(), own.sum(1).ToHost());
        part.MoveToOuter();
        return part;
    }

    /// <summary>Takes a batch in; one call at a time.</summary>
    /// <param name="part">What it adds.</param>
    /// <param name="indices">Its images.</param>
    public void Add(SketchPart part, IReadOnlyList<int> indices)
    {
        using var scope = NewDisposeScope();
        var (first, count) = (part.Range.First, part.Range.Count);
        Rows(top).add_(part.Top);
        Rows(all).add_(part.All);
        Rows(topCount).add_(part.Large.sum(1).unsqueeze(1));
        foreach (ref long taken in images.AsSpan(first, count)) taken += indices.Count;
        var bins = (part.Norms / Rows(largest) * LayerPortraits.Bins).floor_().clamp_(0, LayerPortraits.Bins - 1).to(ScalarType.Int64);
        Rows(histogram).scatter_add_(1, bins, ones_like(part.Norms));
        Keep(Rows(belowNorms), Rows(belowImages), part, indices);
        float[] norms = part.Norms.Floats().ToArray();
        for (int i = 0; i < indices.Count; i++)
            if (places.TryGetValue(indices[i], out int place))
                for (int n = 0; n < count; n++) sampleNorms[(first + n) * places.Count + place] = norms[n * indices.Count + i];

        Tensor Rows(Tensor table) => table.narrow(0, first, count);
    }

    /// <summary>The portraits, once all images were taken in.</summary>
    public LayerPortraits Finish(int[] sample)
    {
        using var scope = NewDisposeScope();
        var (belows, norms) = Below();
        return new()
        {
            Layer = neurons.Layer,
            Count = neurons.Count,
            Sample = sample,
            SampleNorms = sampleNorms,
            Histogram = histogram.to(ScalarType.Int32).contiguous().data<int>().ToArray(),
            BelowImages = belows,
            BelowNorms = norms,
            Routes = Routes(),
            ImageMean = ReadOnlyMemory<float>.Empty,
            Polysemanticity = [],
        };
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { histogram, largest, threshold, belowNorms, belowImages, top, all, topCount }) tensor.Dispose();
    }

    /// <summary>Of what was kept and a batch the largest norms below the threshold.</summary>
    private static void Keep(Tensor norms, Tensor kept, SketchPart part, IReadOnlyList<int> indices)
    {
        var candidates = cat([norms, part.Norms.masked_fill(part.Large, -1)], 1);
        var own = tensor(indices.Select(index => (long)index).ToArray()).expand(part.Range.Count, -1);
        var (best, where) = candidates.topk(Kept, 1);
        kept.copy_(cat([kept, own], 1).gather(1, where));
        norms.copy_(best);
    }

    private (int[] Images, float[] Norms) Below()
    {
        long[] kept = belowImages.data<long>().ToArray();
        float[] norms = belowNorms.data<float>().ToArray();
        var (images, values) = (new int[neurons.Count * LayerPortraits.Below], new float[neurons.Count * LayerPortraits.Below]);
        Array.Fill(images, -1);
        for (int neuron = 0; neuron < neurons.Count; neuron++)
        {
            var above = neurons.TopImagesOf(neuron).ToArray().ToHashSet();
            int[] own = [.. Enumerable.Range(neuron * Kept, Kept).Where(i => norms[i] >= 0 && !above.Contains((int)kept[i]))
                .Take(LayerPortraits.Below)];
            for (int i = 0; i < own.Length; i++)
                (images[neuron * LayerPortraits.Below + i], values[neuron * LayerPortraits.Below + i]) = ((int)kept[own[i]], norms[own[i]]);
        }
        return (images, values);
    }

    /// <summary>Mean coefficients on the top images less those on all, times what a unit of each adds along the neuron's
    /// direction.</summary>
    private float[] Routes()
    {
        var means = top / topCount.clamp_min(1) - all / tensor(Array.ConvertAll(images, own => (float)Math.Max(1, own))).unsqueeze(1);
        using var directions = neurons.DirectionTensor();
        for (int first = 0; first < neurons.Count; first += Chunk)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(Chunk, neurons.Count - first);
            var along = paths.Directions(neurons.Layer, first, count);
            along = along.bmm(directions.narrow(0, first, count).With(along).unsqueeze(2)).squeeze(2).ToHost();
            means.narrow(0, first, count).mul_(along);
        }
        return means.contiguous().Floats().ToArray();
    }

    private static Tensor Own(Tensor tensor) => tensor.contiguous().DetachFromDisposeScope();
}
