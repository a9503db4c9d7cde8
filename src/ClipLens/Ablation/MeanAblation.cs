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
    /// <summary>Scores a labelled dataset.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="images">The images.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="classifier">[d, C].</param>
    /// <param name="layer">The block.</param>
    /// <param name="means">Mean activations over a dataset.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>Scores by kind, valid for the images that could be read.</returns>
    public static IReadOnlyDictionary<EffectKind, ImageScores> Run(ImageTower tower, ImageBatchReader images, IReadOnlyList<int> labels, Tensor classifier,
        int layer, ActivationMeans means, int? workers = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        const int batch = 16;
        var first = new FirstOrder(tower);
        var request = new TraceRequest { ClassParts = true, ResidMid = [layer] };
        ImageScores direct = new(images.Count), whole = new(images.Count);
        OrderedWork.Run(0, (images.Count + batch - 1) / batch, Work, (_, part) =>
        {
            if (part.Scores is [var a, var b])
            {
                direct.Set(part.Read.Indices, a);
                whole.Set(part.Read.Indices, b);
            }
            progress?.Report(new("Mean ablation in the forward pass", part.Read.Start + part.Read.Outcomes.Count, images.Count));
        }, workers, cancellation);
        return new Dictionary<EffectKind, ImageScores> { [EffectKind.FirstOrder] = direct, [EffectKind.Indirect] = whole };

        (ImageBatch Read, IReadOnlyList<BatchScores> Scores) Work(int number)
        {
            var read = images.Read(number * batch, Math.Min(batch, images.Count - number * batch));
            if (read.Indices.Count == 0) return (read, []);
            using var scope = NewDisposeScope();
            var trace = tower.Trace(read.Pixels, request);
            var own = trace.Representation * SecondOrder.UnitScale(trace.Representation).unsqueeze(1);
            var changed = stack([own + means.FirstOrder - first.Mlp(trace, layer), own + IndirectEffects.OfAll(tower, trace, layer, means.Tokens)]);
            return (read, ImageScores.Score(changed, own, classifier, [.. read.Indices.Select(image => labels[image])]));
        }
    }
}
