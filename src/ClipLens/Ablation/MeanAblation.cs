using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>
/// Classification when all neurons of a block are replaced by their means, for the kinds of effect that <see cref="Ablation"/> does not
/// cover: first-order effects, and indirect ones, that is a true forward pass with the mean activations in the block.
/// </summary>
internal static class MeanAblation
{
    private const int Batch = 16;

    /// <summary>Scores a labelled dataset.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="images">The images.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="classifier">[d, C].</param>
    /// <param name="layer">The block.</param>
    /// <param name="means">Mean activations over a dataset.</param>
    /// <param name="options">How it is run.</param>
    /// <returns>Scores by kind, valid for the images that could be read.</returns>
    public static IReadOnlyDictionary<EffectKind, ImageScores> Run(ImageTower tower, ImageBatchReader images, IReadOnlyList<int> labels,
        Tensor classifier, int layer, ActivationMeans means, WorkOptions? options = null)
    {
        var first = new FirstOrder(tower);
        var request = new TraceRequest { ClassParts = true, ResidMid = [layer] };
        ImageScores direct = new(images.Count), whole = new(images.Count);
        new DatasetPass(images, Batch, "Mean ablation in the forward pass", options).Run(Work, (read, scores) =>
        {
            if (scores is null) return;
            direct.Set(read.Indices, scores[0]);
            whole.Set(read.Indices, scores[1]);
        });
        return new Dictionary<EffectKind, ImageScores> { [EffectKind.FirstOrder] = direct, [EffectKind.Indirect] = whole };

        IReadOnlyList<BatchScores> Work(ImageBatch read)
        {
            using var scope = NewDisposeScope();
            using var turn = tower.Placement.Turn();
            var trace = tower.Trace(read.Pixels, request);
            var own = (trace.Representation * SecondOrder.UnitScale(trace.Representation).unsqueeze(1)).ToHost();
            var changed = stack([own + means.FirstOrder - first.Mlp(trace, layer).ToHost(),
                own + IndirectEffects.OfAll(tower, trace, layer, means.Tokens).ToHost()]);
            return ImageScores.Score(changed, own, classifier, [.. read.Indices.Select(image => labels[image])]);
        }
    }
}
