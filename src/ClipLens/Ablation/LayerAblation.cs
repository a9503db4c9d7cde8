using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>
/// Ablations of second-order effects (paper, Section 3.3 and Figures 3 and 4): what is left of zero-shot classification when the effects of
/// all neurons of a block are replaced by their means, wholly or in part. All blocks come out of one forward pass an image, and no effect
/// is formed.
/// </summary>
internal static class LayerAblation
{
    /// <summary>Runs the ablations.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="images">The images.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="classifier">Weights of the zero-shot classifier: [d, C].</param>
    /// <param name="layers">The blocks.</param>
    /// <param name="settings">How it is done.</param>
    /// <param name="options">How it is run; it stops between batches.</param>
    public static AblationOutcome Run(ImageTower tower, ImageBatchReader images, IReadOnlyList<int> labels, Tensor classifier,
        IReadOnlyList<AblationLayer> layers, AblationSettings settings, WorkOptions? options = null)
    {
        Check(tower, images, labels, layers, settings);
        var ledger = new AblationLedger(images.Count, tower.EmbedDim, labels, classifier, layers, settings);
        new AblationPass(tower, images, layers, ledger, settings).Run(options ?? new());
        return ledger.Finish();
    }

    private static void Check(ImageTower tower, ImageBatchReader images, IReadOnlyList<int> labels, IReadOnlyList<AblationLayer> layers,
        AblationSettings settings)
    {
        if (images.Count != labels.Count) throw new ArgumentException("There must be one label an image.", nameof(labels));
        if (layers.Count == 0) throw new ClipLensException("No layer was given to ablate; give at least one.");
        foreach (var layer in layers.Select(layer => layer.Neurons))
        {
            if (layer.Layer >= tower.Config.WritingLayers)
                throw new ClipLensException($"Layer {layer.Layer} is the last: no attention comes after it, so its neurons have no "
                + "second-order effects to ablate; leave it out.");
            if (layer.Count != tower.Config.MlpWidth || layer.Width != tower.EmbedDim)
                throw new ClipLensException($"The neurons of layer {layer.Layer} come from another model: {layer.Count} of width "
                + $"{layer.Width}, where this one has {tower.Config.MlpWidth} of width {tower.EmbedDim}.");
        }
        var names = layers[0].Sets.Select(set => set.Name).ToList();
        if (settings.IsJoint && layers.Any(layer => !layer.Sets.Select(set => set.Name).SequenceEqual(names)))
            throw new ArgumentException("Blocks that are ablated jointly need the same sets of directions.", nameof(layers));
    }
}
