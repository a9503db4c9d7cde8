using ClipLens.Evaluation;
using ClipLens.Neurons;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Cli.Commands;

/// <summary>How true the descriptions of a block's neurons are, and how many concepts they have.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Neurons">Scores of whole descriptions.</param>
/// <param name="Texts">Scores of single texts.</param>
/// <param name="Concepts">The concepts of all neurons.</param>
/// <param name="Effective">Effective number of concepts, by neuron.</param>
internal sealed record LayerTruth(int Layer, IReadOnlyList<NeuronTruth> Neurons, IReadOnlyList<TextTruth> Texts, IReadOnlyList<NeuronConcept> Concepts,
    IReadOnlyList<double> Effective)
{
    public static LayerTruth Of(AblationOutcome outcome, NeuronActivity activity, LayerNeurons layer, Descriptions descriptions, int size,
        EvaluationInputs inputs, ulong seed)
    {
        using var scope = NewDisposeScope();
        var texts = descriptions.Texts(layer.Layer, size);
        var neurons = DescriptionTruth.OfNeurons(outcome, activity, layer.DirectionTensor(), descriptions.Directions(layer.Layer, size), seed);
        var single = DescriptionTruth.OfTexts(outcome, activity, texts, inputs.Run.PoolEmbeddings(descriptions.Pool), seed);
        var (concepts, effective) = ConceptsOf(layer.Count, texts, descriptions, inputs.Run.PoolTexts(descriptions.Pool));
        return new(layer.Layer, neurons, single, concepts, effective);
    }

    /// <summary>Writes the tables into the run.</summary>
    public void Write(RunDirectory run, string pool, int size)
    {
        TruthTables.WriteNeurons(RunFiles.Truth(run.Path, Layer, pool, size), Neurons, Effective);
        TruthTables.WriteTexts(RunFiles.TruthOfTexts(run.Path, Layer, pool, size), Texts, run.PoolTexts(pool));
        TruthTables.WriteConcepts(RunFiles.Concepts(run.Path, Layer, pool, size), Concepts);
    }

    private static (List<NeuronConcept>, double[]) ConceptsOf(int neurons, IReadOnlyList<DescribingText> texts, Descriptions descriptions, IReadOnlyList<string> pool)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var lengths = linalg.vector_norm(descriptions.Dictionary.Atoms, 2, [1]).data<float>().ToArray();
        var unit = nn.functional.normalize(descriptions.Dictionary.Atoms, 2, 1);
        double related = TextClusters.RelatedCosine(unit);
        var concepts = new List<NeuronConcept>();
        double[] effective = [.. Enumerable.Repeat(double.NaN, neurons)];
        foreach (var own in texts.GroupBy(text => text.Neuron))
        {
            using var inner = NewDisposeScope();
            DescribingText[] list = [.. own];
            var atoms = unit.index_select(0, tensor(list.Select(text => (long)text.Text).ToArray()));
            var clusters = TextClusters.Of(atoms, [.. list.Select(text => text.Coefficient * lengths[text.Text])], related);
            effective[own.Key] = TextClusters.EffectiveNumber(clusters);
            concepts.AddRange(clusters.Select((cluster, rank) => new NeuronConcept(own.Key, rank, NameOf(list[cluster.Name]),
                string.Join(", ", cluster.Texts.Select(text => NameOf(list[text]))), cluster.Texts.Count, (float)cluster.Share)));
        }
        return (concepts, effective);

        string NameOf(DescribingText text) => (text.Coefficient < 0 ? "\u2212" : "") + pool[text.Text];
    }
}
