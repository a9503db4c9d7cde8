using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Meaning;
using ClipLens.Runs;

namespace ClipLens.Explorer;

/// <summary>A run and what is worked out from it once and used by several pages. Any thread may ask.</summary>
internal sealed class RunSources
{
    private readonly ConcurrentDictionary<int, Lazy<NeuronScores>> scores = [];
    private readonly Lock gate = new();
    private MeaningClusters? clusters;
    private float[]? meanImage;

    public RunSources(RunDirectory run)
    {
        (Run, Texts) = (run, new(run));
        Vectors = new(run, Texts);
    }

    /// <summary>The run.</summary>
    public RunDirectory Run { get; }

    /// <summary>Both descriptions of its neurons.</summary>
    public PageTexts Texts { get; }

    /// <summary>Its neurons as vectors.</summary>
    public NeuronVectors Vectors { get; }

    /// <summary>What groups top images; null until the run has portraits.</summary>
    public MeaningClusters? Clusters
    {
        get
        {
            lock (gate) return clusters ??= Run.ImageRepresentations() is null ? null : new(Run, Vectors, Texts);
        }
    }

    /// <summary>The mean of the images' representations; null until the run has portraits.</summary>
    public float[]? MeanImage => meanImage ??= Run.ImageRepresentations() is { } all
        ? MeaningClusters.Mean(all.Span, Vectors.Width, Enumerable.Range(0, Run.Images.Count)) : null;

    /// <summary>The scores of a block's neurons.</summary>
    public NeuronScores Scores(int layer) =>
        scores.GetOrAdd(layer, wanted => new(() => NeuronScores.Read(Run, Texts, Vectors, wanted))).Value;

    /// <summary>Reads what the first page needs from the run, side by side.</summary>
    /// <exception cref="ClipLensException">Something of it is damaged.</exception>
    public void ReadAll()
    {
        try
        {
            Parallel.Invoke([() => _ = Vectors.Pool, () => _ = Run.Images, () => _ = Texts.Words, .. Run.Layers.SelectMany(layer =>
                new Action[] { () => Run.NeuronsInBrief(layer), () => Texts.ActsOn(layer), () => Texts.Writes(layer) })]);
            Parallel.ForEach(Run.Layers, layer => Scores(layer));
        }
        catch (AggregateException errors) when (errors.InnerExceptions.All(error => error is ClipLensException))
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }

    /// <summary>Forgets what was worked out before the run had portraits.</summary>
    public void Renew() => scores.Clear();
}
