using System.Runtime.InteropServices;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Meaning;

/// <summary>
/// The neurons of a run as vectors of the joint space, block by block: what they write, what they act on and what their top images show.
/// Made when first asked for and kept; any thread may ask.
/// </summary>
internal sealed class NeuronVectors(RunDirectory run, NeuronTexts texts) : IDisposable
{
    private readonly Lazy<Tensor> writes =
        new(() => Kept(() => cat([.. run.Layers.Select(layer => run.Neurons(layer).DirectionTensor())])));
    private readonly Lazy<CentredTexts?> pool = new(() => texts.Pool is { } name ? CentredTexts.Read(run, name) : null);
    private readonly Lock gate = new();
    private readonly int[] starts = [.. run.Layers.Select((_, i) => i * run.Manifest.Model.Neurons)];
    private Tensor? acts, images, behaviour;

    /// <summary>Their directions, of unit length: [n, d].</summary>
    public Tensor Writes => writes.Value;

    /// <summary>What they act on, less what all texts have in common, of unit length, zero where nothing is known of a neuron; null where
    /// the run has no such texts: [n, d].</summary>
    public Tensor? Acts
    {
        get
        {
            lock (gate) return acts ??= pool.Value is { } centred ? ActsOn(centred) : null;
        }
    }

    /// <summary>What their top images have in common, of unit length; null until the run has portraits: [n, d].</summary>
    public Tensor? Images =>
        images ?? Made(ref images, portraits => nn.functional.normalize(Rows(portraits.ImageMean, portraits.Count), 2, 1));

    /// <summary>How strongly they act on the images of a sample, less their mean, of unit length; null until the run has portraits: [n,
    /// s].</summary>
    public Tensor? Behaviour => behaviour ?? Made(ref behaviour, portraits =>
    {
        using var norms = Rows(portraits.SampleNorms, portraits.Count);
        return nn.functional.normalize(norms - norms.mean([1], keepdim: true), 2, 1);
    });

    /// <summary>The texts of the pool, less what all have in common, of unit length: [M, d]; null where the run has none.</summary>
    public Tensor? Pool => pool.Value?.Unit;

    /// <summary>What the texts of the pool have in common: [d]; null where the run has none.</summary>
    public Tensor? PoolMean => pool.Value?.Mean;

    /// <summary>Number n of neurons.</summary>
    public int Count => run.Layers.Count * run.Manifest.Model.Neurons;

    /// <summary>A neuron's row.</summary>
    public int PlaceOf(int layer, int neuron) => starts[run.Layers.ToList().IndexOf(layer)] + neuron;

    /// <summary>The neuron of a row.</summary>
    public (int Layer, int Neuron) At(int place)
    {
        int layer = Array.FindLastIndex(starts, start => start <= place);
        return (run.Layers[layer], place - starts[layer]);
    }

    /// <summary>Frees them.</summary>
    public void Dispose()
    {
        if (writes.IsValueCreated) writes.Value.Dispose();
        if (pool.IsValueCreated) pool.Value?.Dispose();
        acts?.Dispose();
        images?.Dispose();
        behaviour?.Dispose();
    }

    private Tensor? Made(ref Tensor? kept, Func<LayerPortraits, Tensor> make)
    {
        lock (gate)
        {
            if (kept is not null) return kept;
            var layers = run.Layers.Select(run.Portraits).ToList();
            if (layers.Contains(null)) return null;
            return kept = Kept(() => cat([.. layers.Select(layer => make(layer!))]));
        }
    }

    private Tensor? ActsOn(CentredTexts centred)
    {
        var layers = run.Layers.Select(texts.ActsOn).ToList();
        if (layers.Contains(null)) return null;
        var sums = Kept(() => zeros(Count, centred.Width));
        int values = run.Manifest.Model.Neurons * centred.Width;
        Parallel.For(0, layers.Count, i =>
            centred.Sum(layers[i]!, MemoryMarshal.Cast<byte, float>(sums.bytes).Slice(i * values, values)));
        return sums;
    }

    private static Tensor Rows(ReadOnlyMemory<float> values, int count) => tensor(values.ToArray(), [count, values.Length / count]);

    private static Tensor Kept(Func<Tensor> make)
    {
        using var mode = inference_mode(false);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return make().contiguous().DetachFromDisposeScope();
    }
}
