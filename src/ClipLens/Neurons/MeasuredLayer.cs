using System.Runtime.InteropServices;
using ClipLens.Compute;
using ClipLens.Effects;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>What is left of a batch's effects of one block when they were measured.</summary>
/// <param name="Sum">Sum of the coefficients over the images, float64 [N, K].</param>
/// <param name="Bias">The images' bias shares: [images, d].</param>
/// <param name="Lengths">Lengths of the effects from the first centre: [N, images].</param>
/// <param name="Candidates">Images that may be among those kept.</param>
internal sealed record MeasuredLayer(Tensor Sum, Tensor Bias, Tensor Lengths, Candidates Candidates)
{
    /// <summary>Moves the tensors from one dispose scope to another.</summary>
    public MeasuredLayer MoveTo(DisposeScope scope)
    {
        foreach (var tensor in new[] { Sum, Bias, Lengths }) tensor.MoveToOtherDisposeScope(scope);
        return this;
    }

    /// <summary>Moves the tensors out of their dispose scope.</summary>
    public void MoveToOuter()
    {
        foreach (var tensor in new[] { Sum, Bias, Lengths }) tensor.MoveToOuterDisposeScope();
    }

    /// <summary>Measures the effects of a batch, in the caller's dispose scope; on any thread.</summary>
    /// <param name="layer">The block.</param>
    /// <param name="factors">Its effects, where the model computes.</param>
    public static MeasuredLayer Measure(LayerPass layer, SecondOrderFactors factors)
    {
        if (layer.DeviceForms is { } forms) return Measure(layer, forms, factors.Coefficients, factors.Bias);
        var (coefficients, bias) = factors.ToHost();
        return Measure(layer, coefficients, bias);
    }

    /// <summary>On the device: lengths, sums and the coefficients of the images that may be kept are all that leaves it.</summary>
    private static MeasuredLayer Measure(LayerPass layer, DeviceForms forms, Tensor coefficients, Tensor bias)
    {
        int images = (int)bias.shape[0];
        var (norms, uppers) = forms.Measure(coefficients, bias);
        float[] floors = [.. layer.Kept.Floors];
        var above = uppers.gt(TensorMoves.Numbers(floors, [layer.Neurons, 1], uppers.device));
        var places = above.nonzero();
        var (neurons, own) = (places.select(1, 0), places.select(1, 1));
        var rows = coefficients.flatten(0, 1).index_select(0, own * layer.Neurons + neurons).ToHost();
        float[] keys = uppers.masked_select(above).ToHost().Floats().ToArray();
        long[] which = (neurons * images + own).ToHost().data<long>().ToArray();
        var candidates = new Candidates(layer.Paths);
        var values = rows.contiguous().Floats();
        for (int i = 0; i < keys.Length; i++)
            candidates.Add((int)(which[i] / images), (int)(which[i] % images), keys[i], values.Slice(i * layer.Paths, layer.Paths));
        var sum = coefficients.sum([0]).ToHost().to(ScalarType.Float64);
        return new(sum, bias.ToHost(), norms.contiguous().ToHost(), candidates);
    }

    private static unsafe MeasuredLayer Measure(LayerPass layer, Tensor coefficients, Tensor bias)
    {
        coefficients = coefficients.contiguous();
        int images = (int)bias.shape[0], size = layer.Neurons * layer.Paths;
        var (projected, _) = layer.Basis!.Project(bias);
        var lengths = empty(layer.Neurons, images);
        var candidates = new Candidates(layer.Paths);
        var results = new Measurement[images];
        var places = lengths.Floats();
        fixed (float* rows = coefficients.Floats(), biases = projected)
            for (int neuron = 0; neuron < layer.Neurons; neuron++)
            {
                float* own = rows + neuron * layer.Paths;
                layer.Forms!.Measure(neuron, own, size, biases, images, results);
                // The floor only rises, so one that is out of date lets too many pass.
                float floor = Volatile.Read(ref layer.Kept.Floors[neuron]);
                for (int i = 0; i < images; i++)
                {
                    places[neuron * images + i] = results[i].Norm;
                    float upper = results[i].Upper;
                    if (upper > floor) candidates.Add(neuron, i, upper, new ReadOnlySpan<float>(own + (long)i * size, layer.Paths));
                }
            }
        var sum = coefficients.sum([0]).to(ScalarType.Float64);
        return new(sum, bias, lengths, candidates);
    }
}

/// <summary>Images of a batch that may be among those kept for neurons, with their coefficients.</summary>
internal sealed class Candidates(int paths)
{
    private readonly List<(int Neuron, int Image, float Key)> items = [];
    private readonly List<float> rows = [];

    public void Add(int neuron, int image, float key, ReadOnlySpan<float> row)
    {
        items.Add((neuron, image, key));
        rows.AddRange(row);
    }

    /// <summary>Offers them, in order.</summary>
    /// <param name="kept">Who takes them.</param>
    /// <param name="numbers">Numbers of the batch's images in the pass.</param>
    public void OfferTo(KeptRows kept, int[] numbers)
    {
        var all = CollectionsMarshal.AsSpan(rows);
        for (int i = 0; i < items.Count; i++)
            kept.Offer(items[i].Neuron, items[i].Key, numbers[items[i].Image], all.Slice(i * paths, paths));
    }
}
