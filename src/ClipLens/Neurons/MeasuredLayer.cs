using System.Buffers;
using ClipLens.Compute;
using ClipLens.Effects;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>What is left of a batch's effects of one block when they were measured.</summary>
/// <param name="Sum">Sum of the coefficients over the images, on their grid, float64 [N, K]; on a card if they were measured there.</param>
/// <param name="Bias">The images' bias shares: [images, d].</param>
/// <param name="Projected">These in their basis.</param>
/// <param name="Remainder">The most that lies outside it.</param>
/// <param name="Lengths">Lengths of the effects from the first centre: [N, images]; on a card if they were measured there.</param>
/// <param name="Candidates">Images that may be among those kept.</param>
internal sealed record MeasuredLayer(Tensor Sum, Tensor Bias, float[] Projected, float Remainder, Tensor Lengths, Candidates Candidates)
{
    /// <summary>Moves the tensors out of their dispose scope.</summary>
    public MeasuredLayer MoveToOuter()
    {
        foreach (var tensor in new[] { Sum, Bias, Lengths }) tensor.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Measures the effects of a batch, in the caller's dispose scope; on any thread. On the processor so many neurons at once
    /// that their coefficients stay in the cache.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="batch">What the batch's effects are made of.</param>
    /// <param name="atOnce">Neurons at once, on which the bits of the coefficients may depend.</param>
    /// <param name="rounder">What rounds the sums to their grid.</param>
    public static MeasuredLayer Measure(LayerPass layer, BatchPaths batch, int atOnce, Tensor rounder)
    {
        var bias = batch.Bias.ToHost();
        using var scope = NewDisposeScope();
        var (projected, remainder) = layer.Basis!.Project(bias);
        if (layer.DeviceForms is { } forms)
        {
            var (total, norms, found) = Measure(layer, forms, batch.Coefficients(0, layer.Neurons), batch.Bias, rounder);
            return new(total.MoveToOuterDisposeScope(), bias, projected, remainder, norms.MoveToOuterDisposeScope(), found);
        }
        int images = (int)bias.shape[0];
        Tensor lengths = empty(layer.Neurons, images), sum = empty(layer.Neurons, layer.Paths, dtype: ScalarType.Float64);
        var candidates = new Candidates(layer.Paths);
        for (int first = 0; first < layer.Neurons; first += atOnce)
        {
            using var chunk = NewDisposeScope();
            int count = Math.Min(atOnce, layer.Neurons - first);
            var coefficients = batch.Coefficients(first, count).ToHost();
            Measure(layer, first, coefficients, projected, lengths.Floats()[(first * images)..], candidates);
            sum.narrow(0, first, count).copy_(Grid.Round(coefficients.sum([0]), rounder.narrow(0, first, count)));
        }
        return new(sum.MoveToOuterDisposeScope(), bias, projected, remainder, lengths.MoveToOuterDisposeScope(), candidates);
    }

    /// <summary>On the device, where lengths and sums stay: only the coefficients of the images that may be kept leave it.</summary>
    private static (Tensor Sum, Tensor Norms, Candidates Candidates) Measure(LayerPass layer, DeviceForms forms, Tensor coefficients,
        Tensor bias, Tensor rounder)
    {
        var (norms, uppers) = forms.Measure(coefficients, bias);
        Tensor floors = There(layer.Kept.Floors), named = There(layer.Kept.Omitted.Present);
        var candidates = Collect(layer.Paths, coefficients, norms, uppers, floors);
        Span<float> near = Named(uppers, uppers.gt(named).logical_and(uppers.le(floors))).ToHost().Floats();
        for (int at = 0; at < near.Length; at += 3)
            candidates.Add((int)near[at], (int)near[at + 1], new(0, near[at + 2] * near[at + 2], 0), []);
        var sum = coefficients.sum([0]).Widenable();
        return (Grid.Round(sum, rounder.With(sum)), norms.Widenable(), candidates);

        Tensor There(float[] values) => TensorMoves.Numbers([.. values], [layer.Neurons, 1], uppers.device);
    }

    /// <summary>Neuron, image and upper bound of some effects: [effects, 3].</summary>
    private static Tensor Named(Tensor uppers, Tensor which)
    {
        var places = which.nonzero();
        return cat([places.to(ScalarType.Float32), uppers.flatten().index_select(0, places.select(1, 0) * uppers.shape[1]
            + places.select(1, 1)).unsqueeze(1)], 1);
    }

    /// <summary>The images that are above their neuron's floor, brought to the processor in as few moves as there can be, for each waits for
    /// the device.</summary>
    private static Candidates Collect(int paths, Tensor coefficients, Tensor norms, Tensor uppers, Tensor floors)
    {
        var candidates = new Candidates(paths);
        var places = uppers.gt(floors).nonzero();
        if (places.shape[0] == 0) return candidates;
        var (neurons, images) = (places.select(1, 0), places.select(1, 1));
        var which = neurons * norms.shape[1] + images;
        var rows = coefficients.flatten(0, 1).index_select(0, images * norms.shape[0] + neurons);
        var lengths = stack([norms.flatten().index_select(0, which), uppers.flatten().index_select(0, which)], 1);
        // Numbers of neurons and images are small enough for float32, and so travel with the rest.
        Span<float> values = cat([rows, lengths, places.to(ScalarType.Float32)], 1).ToHost().Floats();
        for (int at = 0; at < values.Length; at += paths + 4)
        {
            var (norm, upper) = (values[at + paths], values[at + paths + 1]);
            candidates.Add((int)values[at + paths + 2], (int)values[at + paths + 3], new(norm * norm, upper * upper, 0),
                values.Slice(at, paths));
        }
        return candidates;
    }

    private static unsafe void Measure(LayerPass layer, int first, Tensor coefficients, float[] projected, Span<float> lengths,
        Candidates candidates)
    {
        int images = (int)coefficients.shape[0], count = (int)coefficients.shape[1], size = count * layer.Paths;
        var results = new Measurement[images];
        float[] namedFloors = layer.Kept.Omitted.Present;
        fixed (float* rows = coefficients.Floats(), biases = projected)
            for (int i = 0; i < count; i++)
            {
                float* own = rows + i * layer.Paths;
                layer.Forms!.Measure(first + i, own, size, biases, images, results);
                // Floors only rise, so one that is out of date lets too many pass.
                float floor = Volatile.Read(ref layer.Kept.Floors[first + i]), named = Volatile.Read(ref namedFloors[first + i]);
                for (int image = 0; image < images; image++)
                {
                    lengths[i * images + image] = results[image].Norm;
                    if (results[image].Upper > named)
                        candidates.Add(first + i, image, results[image], new ReadOnlySpan<float>(own + (long)image * size,
                            results[image].Upper > floor ? layer.Paths : 0));
                }
            }
    }
}

/// <summary>Images of a batch that may be among those kept for neurons, with their coefficients.</summary>
internal sealed class Candidates(int paths)
{
    // Rows of one piece of memory: a list that grew would copy all of them again and again.
    private const int Together = 2048;
    private readonly List<(int Neuron, int Image, Measurement Length, int Row)> items = [];
    private readonly List<float[]> pieces = [];
    private int rows;

    /// <summary>Adds an image, with its coefficients if it may be kept.</summary>
    public void Add(int neuron, int image, Measurement length, ReadOnlySpan<float> row)
    {
        items.Add((neuron, image, length, row.Length > 0 ? rows : -1));
        if (row.Length == 0) return;
        int place = rows++ % Together;
        if (place == 0) pieces.Add(ArrayPool<float>.Shared.Rent(Together * paths));
        row.CopyTo(pieces[^1].AsSpan(place * paths, paths));
    }

    /// <summary>Offers them, in order, and is done with them.</summary>
    /// <param name="kept">Who takes them.</param>
    /// <param name="numbers">Numbers of the batch's images in the pass.</param>
    public void OfferTo(KeptRows kept, int[] numbers)
    {
        foreach (var (neuron, image, length, row) in items)
            kept.Offer(neuron, length.Upper, length.First, numbers[image],
                row < 0 ? [] : pieces[row / Together].AsSpan(row % Together * paths, paths));
        pieces.ForEach(piece => ArrayPool<float>.Shared.Return(piece));
        pieces.Clear();
        items.Clear();
        rows = 0;
    }
}
