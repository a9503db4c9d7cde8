using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Neurons;
using ClipLens.Truth;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>Scores the descriptions of blocks of a run against what an ablation saw on held-out images.</summary>
internal sealed class TruthScorer : IDisposable
{
    private readonly StudyInputs inputs;
    private readonly Descriptions descriptions;
    private readonly ulong seed;
    private readonly IReadOnlyList<string> texts;
    private readonly Tensor embeddings, unit;
    private readonly float[] lengths;
    private readonly double related;

    public TruthScorer(StudyInputs inputs, Descriptions descriptions, ulong seed)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        (this.inputs, this.descriptions, this.seed) = (inputs, descriptions, seed);
        texts = inputs.Run.PoolTexts(descriptions.Pool);
        embeddings = inputs.Run.PoolEmbeddings(descriptions.Pool).DetachFromDisposeScope();
        lengths = linalg.vector_norm(descriptions.Dictionary.Atoms, 2, [1]).data<float>().ToArray();
        unit = nn.functional.normalize(descriptions.Dictionary.Atoms, 2, 1).DetachFromDisposeScope();
        related = TextClusters.RelatedCosine(unit);
    }

    /// <summary>Scores the texts of a size of a block.</summary>
    public LayerTruth Score(AblationOutcome outcome, NeuronActivity activity, LayerNeurons layer, int size, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var own = descriptions.Texts(layer.Layer, size);
        var neurons = DescriptionTruth.OfNeurons(outcome, activity, layer.DirectionTensor(), descriptions.Directions(layer.Layer, size),
            seed, inputs.Workers);
        var single = DescriptionTruth.OfTexts(outcome, activity, own, embeddings, seed, inputs.Workers);
        var (concepts, effective) = ConceptsOf(layer.Count, own, stop);
        return new(layer.Layer, size, neurons, single, concepts, effective);
    }

    public void Dispose()
    {
        embeddings.Dispose();
        unit.Dispose();
    }

    private (List<NeuronConcept>, double[]) ConceptsOf(int neurons, IReadOnlyList<DescribingText> own, CancellationToken stop)
    {
        var concepts = new List<NeuronConcept>();
        double[] effective = [.. Enumerable.Repeat(double.NaN, neurons)];
        DescribingText[][] lists = [.. own.GroupBy(text => text.Neuron).Select(group => group.ToArray())];
        OrderedWork.Run(0, lists.Length, Cluster, (number, clusters) =>
        {
            var list = lists[number];
            effective[list[0].Neuron] = TextClusters.EffectiveNumber(clusters);
            concepts.AddRange(clusters.Select((cluster, rank) => new NeuronConcept(list[0].Neuron, rank, NameOf(list[cluster.Name]),
                string.Join(", ", cluster.Texts.Select(text => NameOf(list[text]))), cluster.Texts.Count, (float)cluster.Share)));
        }, inputs.Workers, stop);
        return (concepts, effective);

        IReadOnlyList<TextCluster> Cluster(int number)
        {
            var list = lists[number];
            var atoms = unit.index_select(0, tensor(list.Select(text => (long)text.Text).ToArray()));
            return TextClusters.Cluster(atoms, [.. list.Select(text => text.Coefficient * lengths[text.Text])], related);
        }
    }

    private string NameOf(DescribingText text) => (text.Coefficient < 0 ? "\u2212" : "") + texts[text.Text];
}
