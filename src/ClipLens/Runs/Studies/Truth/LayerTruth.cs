using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Ablation;
using ClipLens.Truth;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>How true the descriptions of a layer's neurons are on images that they were not made from, and how many concepts they
/// have.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Size">Texts a neuron.</param>
/// <param name="Neurons">Scores of whole descriptions, by neuron.</param>
/// <param name="Texts">Scores of single texts.</param>
/// <param name="Concepts">The concepts of all neurons.</param>
/// <param name="Effective">Effective number of concepts, by neuron.</param>
public sealed record LayerTruth(int Layer, int Size, IReadOnlyList<NeuronTruth> Neurons, IReadOnlyList<TextTruth> Texts,
    IReadOnlyList<NeuronConcept> Concepts, IReadOnlyList<double> Effective)
{
    /// <summary>Writes the tables into the run.</summary>
    internal void Write(RunDirectory run, string pool)
    {
        TruthTables.WriteNeurons(RunFiles.Truth(run.Path, Layer, pool, Size), Neurons, Effective);
        TruthTables.WriteTexts(RunFiles.TruthOfTexts(run.Path, Layer, pool, Size), Texts, run.PoolTexts(pool));
        TruthTables.WriteConcepts(RunFiles.Concepts(run.Path, Layer, pool, Size), Concepts);
    }

    /// <summary>Numbers of texts for which a run has the scores of a layer's descriptions, ascending.</summary>
    /// <param name="run">The run.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="pool">The text pool.</param>
    public static IReadOnlyList<int> Sizes(RunDirectory run, int layer, string pool)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [.. RunFiles.TruthSizes(run.Path, layer, pool)];
    }

    /// <summary>Reads the scores that <see cref="AblationResult.Write"/> left in a run; null where there are none.</summary>
    /// <param name="run">The run.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="pool">The text pool.</param>
    /// <param name="size">Texts a neuron.</param>
    /// <exception cref="ClipLensException">A table is damaged or of other sizes than the run.</exception>
    public static LayerTruth? Read(RunDirectory run, int layer, string pool, int size)
    {
        ArgumentNullException.ThrowIfNull(run);
        string path = RunFiles.Truth(run.Path, layer, pool, size);
        if (!File.Exists(path)) return null;
        int count = run.Manifest.Model.Neurons;
        var neurons = TruthTables.ReadNeurons(path, count);
        return new(layer, size, [.. neurons.Select(row => row.Truth)],
            TruthTables.ReadTexts(RunFiles.TruthOfTexts(run.Path, layer, pool, size), count, size, run.Pool(pool).Count),
            TruthTables.ReadConcepts(RunFiles.Concepts(run.Path, layer, pool, size), count, size),
            [.. neurons.Select(row => row.Concepts)]);
    }
}
