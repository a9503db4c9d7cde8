using System.Numerics;
using System.Runtime.InteropServices;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Meaning;

/// <summary>The texts of a pool, less what all have in common.</summary>
/// <param name="Unit">Their directions, of unit length: [M, d].</param>
/// <param name="Mean">What they have in common: [d].</param>
/// <param name="Lengths">How long they were before they were made units: [M].</param>
internal sealed record CentredTexts(Tensor Unit, Tensor Mean, float[] Lengths) : IDisposable
{
    private const float Least = 1e-12f;

    /// <summary>Width d of the joint space.</summary>
    public int Width => (int)Unit.shape[1];

    /// <summary>Reads a pool of a run.</summary>
    public static CentredTexts Read(RunDirectory run, string pool)
    {
        using var mode = inference_mode(false);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // In place: a pool of a large model is tens of megabytes.
        var texts = run.PoolEmbeddings(pool);
        texts.div_(linalg.vector_norm(texts, 2, [1], keepdim: true).clamp_min_(Least));
        var mean = texts.mean([0]);
        texts.sub_(mean);
        var lengths = linalg.vector_norm(texts, 2, [1], keepdim: true);
        texts.div_(lengths.clamp_min(Least));
        return new(texts.DetachFromDisposeScope(), mean.DetachFromDisposeScope(), lengths.data<float>().ToArray());
    }

    /// <summary>The sums of neurons' texts by their weights, of unit length, zero where a neuron has none. Any thread may ask.</summary>
    /// <param name="texts">Texts by neuron.</param>
    /// <param name="sums">Where they go, all zero: [n, d].</param>
    public void Sum(ILookup<int, NeuronText> texts, Span<float> sums)
    {
        ReadOnlySpan<float> all = Rows();
        foreach (var own in texts)
        {
            var sum = sums.Slice(own.Key * Width, Width);
            foreach (var text in own)
                Add(all.Slice(text.TextIndex * Width, Width), text.Coefficient * Lengths[text.TextIndex], sum);
            float square = 0;
            foreach (float value in sum) square += value * value;
            float length = Math.Max(MathF.Sqrt(square), Least);
            foreach (ref float value in sum) value /= length;
        }
    }

    public void Dispose()
    {
        Unit.Dispose();
        Mean.Dispose();
    }

    private static void Add(ReadOnlySpan<float> text, float weight, Span<float> sum)
    {
        int step = Vector<float>.Count, k = 0;
        for (; k <= sum.Length - step; k += step)
            (new Vector<float>(sum[k..]) + (new Vector<float>(text[k..]) * weight)).CopyTo(sum[k..]);
        for (; k < sum.Length; k++) sum[k] += text[k] * weight;
    }

    private ReadOnlySpan<float> Rows() => MemoryMarshal.Cast<byte, float>(Unit.bytes);
}
