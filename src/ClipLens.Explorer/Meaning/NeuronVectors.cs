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
    private readonly Lazy<Tensor?> acts = new(() => ActsOn(run, texts));
    private readonly Lazy<Tensor?> pool = new(() => PoolOf(run, texts));
    private readonly Lazy<Tensor?> poolMean = new(() => MeanOf(run, texts));
    private readonly Lock gate = new();
    private readonly int[] starts = [.. run.Layers.Select((_, i) => i * run.Manifest.Model.Neurons)];
    private Tensor? images, behaviour;

    /// <summary>Their directions, of unit length: [n, d].</summary>
    public Tensor Writes => writes.Value;

    /// <summary>What they act on, less what all texts have in common, of unit length, zero where nothing is known of a neuron; null where
    /// the run has no such texts: [n, d].</summary>
    public Tensor? Acts => acts.Value;

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
    public Tensor? Pool => pool.Value;

    /// <summary>What the texts of the pool have in common: [d]; null where the run has none.</summary>
    public Tensor? PoolMean => poolMean.Value;

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
        foreach (var lazy in new[] { acts, pool, poolMean })
            if (lazy.IsValueCreated) lazy.Value?.Dispose();
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

    private static Tensor? PoolOf(RunDirectory run, NeuronTexts texts) => texts.Pool is { } name ? Kept(() =>
    {
        using var whole = run.PoolEmbeddings(name);
        var unit = nn.functional.normalize(whole, 2, 1);
        return nn.functional.normalize(unit - unit.mean([0], keepdim: true), 2, 1);
    }) : null;

    private static Tensor? MeanOf(RunDirectory run, NeuronTexts texts) => texts.Pool is { } name ? Kept(() =>
    {
        using var whole = run.PoolEmbeddings(name);
        return nn.functional.normalize(whole, 2, 1).mean([0]);
    }) : null;

    private static Tensor? ActsOn(RunDirectory run, NeuronTexts texts)
    {
        var layers = run.Layers.Select(texts.ActsOn).ToList();
        if (layers.Contains(null)) return null;
        return Kept(() =>
        {
            using var whole = run.PoolEmbeddings(texts.Pool!);
            var unit = nn.functional.normalize(whole, 2, 1);
            var centred = unit - unit.mean([0], keepdim: true);
            return cat([.. layers.Select(own => Sums(centred, own!, run.Manifest.Model.Neurons))]);
        });
    }

    private static Tensor Sums(Tensor centred, ILookup<int, NeuronText> texts, int count)
    {
        var all = texts.SelectMany(own => own).ToList();
        var sums = zeros(count, centred.shape[1]);
        if (all.Count == 0) return sums;
        var atoms = centred.index_select(0, tensor(all.Select(text => (long)text.TextIndex).ToArray()));
        atoms.mul_(tensor(all.Select(text => text.Coefficient).ToArray()).unsqueeze(1));
        sums.index_add_(0, tensor(all.Select(text => (long)text.Neuron).ToArray()), atoms, 1);
        return nn.functional.normalize(sums, 2, 1);
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
