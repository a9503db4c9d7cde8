using System.Collections.Concurrent;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Meaning;
using ClipLens.Runs;

namespace ClipLens.Explorer;

/// <summary>A run and what is worked out from it once and used by several pages. Any thread may ask.</summary>
internal sealed class RunSources : IDisposable
{
    private readonly ConcurrentDictionary<int, NeuronScores> scores = [];
    private readonly Lock gate = new();
    private MeaningClusters? clusters;

    public RunSources(RunDirectory run)
    {
        (Run, Texts) = (run, new(run, null));
        Vectors = new(run, Texts);
    }

    /// <summary>The run.</summary>
    public RunDirectory Run { get; }

    /// <summary>Both descriptions of its neurons.</summary>
    public NeuronTexts Texts { get; }

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

    /// <summary>The scores of a block's neurons.</summary>
    public NeuronScores Scores(int layer) =>
        scores.GetOrAdd(layer, wanted => NeuronScores.Read(Run, Texts, Vectors, wanted));

    /// <summary>Reads what all pages need from the run, several layers side by side; a layer that is damaged is told of by who needs
    /// it.</summary>
    public void ReadAll() => Parallel.ForEach(Run.Layers, layer =>
    {
        try
        {
            _ = (Run.Neurons(layer), Run.Portraits(layer), Texts.Writes(layer), Texts.ActsOn(layer));
        }
        catch (ClipLensException)
        {
            // The same is thrown again when the layer is asked for.
        }
    });

    /// <summary>Forgets what was worked out before the run had portraits.</summary>
    public void Renew() => scores.Clear();

    public void Dispose()
    {
        Vectors.Dispose();
        clusters?.Dispose();
    }
}
