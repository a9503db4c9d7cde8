using System.Collections.Concurrent;
using ClipLens.Runs;
using ClipLens.Runs.Storage;

namespace ClipLens.Explorer.Meaning;

/// <summary>
/// The neurons of a run as vectors of the joint space, block by block: what they write, what they act on and what their top images show.
/// Made when first asked for and kept; any thread may ask.
/// </summary>
internal sealed class NeuronVectors
{
    private readonly RunDirectory run;
    private readonly PageTexts texts;
    private readonly Lazy<VectorTable> writes;
    private readonly Lazy<CentredTexts?> pool;
    private readonly ConcurrentDictionary<int, Lazy<ActingWords?>> acts = [];
    private readonly Lock gate = new();
    private readonly int[] starts;
    private VectorTable? images, behaviour;

    public NeuronVectors(RunDirectory run, PageTexts texts)
    {
        (this.run, this.texts) = (run, texts);
        starts = [.. run.Layers.Select((_, i) => i * run.Manifest.Model.Neurons)];
        writes = new(() => new([.. run.Layers.Select(layer => run.NeuronsInBrief(layer).Direction)], Width));
        pool = new(() => texts.Pool is null ? null : ReadPool(run));
    }

    /// <summary>Their directions.</summary>
    public VectorTable Writes => writes.Value;

    /// <summary>What their top images have in common; null until the run has portraits.</summary>
    public VectorTable? Images => Made(ref images, portraits => portraits.ImageMean, isCentred: false);

    /// <summary>How strongly they act on the images of a sample, less their mean; null until the run has portraits.</summary>
    public VectorTable? Behaviour => Made(ref behaviour, portraits => portraits.SampleNorms, isCentred: true);

    /// <summary>The texts of the pool, less what all have in common; null where the run has none.</summary>
    public CentredTexts? Pool => pool.Value;

    /// <summary>Width d of the joint space.</summary>
    public int Width => run.Manifest.Model.EmbedDim;

    /// <summary>Number n of neurons.</summary>
    public int Count => run.Layers.Count * run.Manifest.Model.Neurons;

    /// <summary>What a block's neurons act on; null where the run has no such texts.</summary>
    public ActingWords? Acts(int layer) => acts.GetOrAdd(layer, wanted => new(() => texts.ActsOn(wanted) is { } own
        ? ActingWords.Read(Pool!, own, run.NeuronsInBrief(wanted)) : null)).Value;

    /// <summary>The cosines of a direction of unit length with what the neurons act on, 0 where nothing is known of one; null where the run
    /// has no such texts: [n].</summary>
    public float[]? ActsCosines(float[] direction)
    {
        if (Pool is not { } centred || run.Layers.Any(layer => texts.ActsOn(layer) is null)) return null;
        float[] ofTexts = centred.Table.Compare([direction], (_, own) => own.ToArray())[0], cosines = new float[Count];
        for (int text = 0; text < ofTexts.Length; text++) ofTexts[text] *= centred.LengthOf(text);
        Parallel.For(0, run.Layers.Count, i =>
        {
            var (own, lengths) = (texts.ActsOn(run.Layers[i])!, Acts(run.Layers[i])!.Lengths);
            for (int neuron = 0; neuron < lengths.Length; neuron++)
            {
                var places = own.TextsOf(neuron);
                var weights = own.CoefficientsOf(neuron);
                float sum = 0;
                for (int k = 0; k < places.Length; k++) sum += weights[k] * ofTexts[places[k]];
                if (lengths[neuron] > 0) cosines[starts[i] + neuron] = sum / lengths[neuron];
            }
        });
        return cosines;
    }

    /// <summary>What the neurons act on, of unit length, zero where nothing is known of one; null where the run has no such texts: [n,
    /// d].</summary>
    public float[]? ActsUnits()
    {
        if (Pool is not { } centred || run.Layers.Any(layer => texts.ActsOn(layer) is null)) return null;
        float[] units = new float[(long)Count * Width];
        Parallel.For(0, run.Layers.Count, i =>
        {
            var own = texts.ActsOn(run.Layers[i])!;
            for (int neuron = 0; neuron < run.Manifest.Model.Neurons; neuron++)
            {
                var unit = units.AsSpan((starts[i] + neuron) * Width, Width);
                float length = centred.Sum(own.TextsOf(neuron), own.CoefficientsOf(neuron), unit);
                if (length > 0)
                    foreach (ref float value in unit) value /= length;
            }
        });
        return units;
    }

    /// <summary>A neuron's row.</summary>
    public int PlaceOf(int layer, int neuron) => starts[run.Layers.ToList().IndexOf(layer)] + neuron;

    /// <summary>The neuron of a row.</summary>
    public (int Layer, int Neuron) At(int place)
    {
        int layer = Array.FindLastIndex(starts, start => start <= place);
        return (run.Layers[layer], place - starts[layer]);
    }

    private static CentredTexts ReadPool(RunDirectory run)
    {
        float[] embeddings = new float[(long)run.Pools[0].Count * run.Manifest.Model.EmbedDim];
        run.PoolEmbeddings(run.Pools[0].Name, embeddings);
        return new(embeddings, run.Manifest.Model.EmbedDim);
    }

    private VectorTable? Made(ref VectorTable? kept, Func<LayerPortraits, ReadOnlyMemory<float>> rows, bool isCentred)
    {
        lock (gate)
        {
            if (kept is not null) return kept;
            var layers = run.Layers.Select(run.Portraits).ToList();
            if (layers.Contains(null) || layers.Any(layer => layer!.Sample.Count != layers[0]!.Sample.Count)) return null;
            ReadOnlyMemory<float>[] blocks = [.. layers.Select(layer => rows(layer!))];
            return kept = new(blocks, blocks[0].Length / run.Manifest.Model.Neurons, isCentred);
        }
    }
}
