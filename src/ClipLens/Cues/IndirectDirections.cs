using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Cues;

/// <summary>
/// One direction a neuron for its indirect effects, as the paper takes it for its second-order ones: the first component of the centred
/// effects on the images where they are longest. They cost a part of a forward pass a neuron and image, so neurons and images are
/// drawn.
/// </summary>
internal static class IndirectDirections
{
    private const int ImagesOfMeans = 200, LeastTop = 2;

    /// <summary>Some neurons, drawn at random, in order.</summary>
    public static IReadOnlyList<NeuronId> Draw(IReadOnlyList<NeuronId> all, int count, ulong seed) =>
        [.. new SeededRandom(seed).Choose(all.Count, count).Select(i => all[i])];

    /// <summary>The directions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="neurons">The neurons, n of them, block by block.</param>
    /// <param name="images">The dataset; mean activations are taken over up to 200 of its images.</param>
    /// <param name="count">Images of it to measure the effects on; the half with the longest ones gives a neuron's direction.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <param name="options">How it is run.</param>
    /// <returns>Unit directions, of the caller: [n, d].</returns>
    /// <exception cref="ClipLensException">None of the images can be read.</exception>
    public static Tensor Measure(ClipModel model, IReadOnlyList<NeuronId> neurons, IReadOnlyList<ImageEntry> images, int count, ulong seed,
        WorkOptions options)
    {
        var random = new SeededRandom(seed);
        using var forMeans = Reader(model, images, random.Choose(images.Count, ImagesOfMeans));
        using var reader = Reader(model, images, random.Choose(images.Count, count));
        var parts = new List<Tensor>();
        foreach (var layer in neurons.GroupBy(neuron => neuron.Layer))
        {
            using var scope = NewDisposeScope();
            using var means = ActivationMeans.Measure(model.Image, forMeans, layer.Key, options);
            var effects = NeuronEffects.Measure(model.Image, reader, layer.Key, [.. layer.Select(neuron => neuron.Index)], means, options);
            var own = effects[EffectKind.Indirect];
            var centred = own - own.mean([1], keepdim: true);
            long top = Math.Min(own.shape[1], Math.Max(LeastTop, own.shape[1] / 2));
            var (_, places) = linalg.vector_norm(centred, 2, [2]).topk((int)top, 1);
            parts.Add(PrincipalDirections.Decompose(centred.gather(1, places.unsqueeze(2).expand(-1, -1, centred.shape[2])))
                .Directions.DetachFromDisposeScope());
            foreach (var kind in effects.Values) kind.Dispose();
        }
        var all = cat([.. parts], 0);
        parts.ForEach(part => part.Dispose());
        return all;
    }

    private static ImageBatchReader Reader(ClipModel model, IReadOnlyList<ImageEntry> images, int[] chosen) =>
        new(model.Preprocessor, [.. chosen.Select(i => images[i])]);
}
