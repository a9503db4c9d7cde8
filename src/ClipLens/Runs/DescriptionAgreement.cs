using ClipLens.Neurons;
using ClipLens.Runs.Storage;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Runs;

/// <summary>Whether a run's neurons write what they act on.</summary>
internal static class DescriptionAgreement
{
    /// <summary>For every neuron of a block the correlation, over the run's images, of what the texts that it acts on say of an image with
    /// what its direction says: their cosine in the images' metric. NaN for a neuron that no text describes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="layer">The block.</param>
    /// <param name="pool">The text pool.</param>
    /// <param name="acts">The block's table of what neurons act on.</param>
    public static float[] Between(RunDirectory run, int layer, string pool, IReadOnlyList<NeuronText> acts)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var facts = run.Manifest.Model;
        using var embeddings = run.PoolEmbeddings(pool);
        using var dictionary = TextDictionary.Create(embeddings, DictionaryScaling.Unit);
        using var directions = run.Neurons(layer).DirectionTensor();
        var parts = BehaviourFile.Read(RunFiles.Representations(run.Path), RunFiles.Behaviour(run.Path, layer), facts.Neurons,
            facts.EmbedDim);
        using var images = BehaviourMoments.Pool(parts);
        foreach (var part in parts) part.Dispose();
        var own = ActingTexts.Directions(TextTable.Codes(acts, ActingTexts.Most, directions, dictionary), images, dictionary);
        var writes = directions.to(ScalarType.Float64);
        var (across, ownSquare, square) = (Product(own, writes), Product(own, own), Product(writes, writes));
        return (across / (ownSquare * square).sqrt()).to(ScalarType.Float32).contiguous().data<float>().ToArray();

        Tensor Product(Tensor a, Tensor b) => a.matmul(images.Covariance).mul(b).sum(1);
    }
}
