using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Writes the second-order effects of pictures to a safetensors file: <c>effects</c> [images, N, d] (<c>effects.9</c>, <c>effects.10</c>, ...
/// where several blocks are asked for), in percent of the length of the picture's representation, and <c>representation</c> [images, d],
/// not normalised; float32.
/// </summary>
public static class EffectsFile
{
    // The effects of a batch lie in memory whole: 6 MB a picture and block of ViT-B/32.
    private const long BytesPerWorker = 256L << 20;

    /// <summary>Computes the effects, batch by batch straight to the file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The pictures, one row each, in this order.</param>
    /// <param name="layers">The blocks wanted, at least one.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="settings">How the pictures are read; the defaults if null.</param>
    /// <param name="progress">Pictures done.</param>
    /// <param name="cancellation">Stops between batches; nothing is written then.</param>
    /// <exception cref="ClipLensException">A picture cannot be read, or the file cannot be written.</exception>
    public static void Write(ClipModel model, IReadOnlyList<ImageEntry> images, IReadOnlyList<int> layers, string path,
        ImagePassSettings? settings = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(layers);
        settings ??= new();
        using var effects = new SecondOrder(model.Image, layers);
        var (neurons, width) = (model.Config.Vision.MlpWidth, model.Config.EmbedDim);
        string Name(int layer) => layers.Count == 1 ? "effects" : $"effects.{layer}";
        using var writer = SafeTensorsWriter.Create(path,
        [
            .. layers.Select(layer => new SafeTensorSpec(Name(layer), ElementType.Float32, images.Count, neurons, width)),
            new SafeTensorSpec("representation", ElementType.Float32, images.Count, width),
        ]);
        long bytesPerImage = sizeof(float) * (long)neurons * width * layers.Count;
        var fitting = settings with { Batch = (int)Math.Clamp(BytesPerWorker / bytesPerImage, 1, settings.Batch) };
        ImagePass.Run(model, images, fitting, pixels => Compute(effects, model.Image, layers, pixels), batch =>
        {
            for (int i = 0; i < layers.Count; i++) writer.Write(Name(layers[i]), batch.Effects[i]);
            writer.Write("representation", batch.Representation);
        }, new StageProgress(progress, "Effects", images.Count), cancellation);
        writer.Complete();
    }

    private static (Tensor[] Effects, Tensor Representation) Compute(SecondOrder effects, ImageTower tower, IReadOnlyList<int> layers, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var trace = tower.Trace(pixels, effects.Request);
        return ([.. layers.Select(layer => effects.Effects(trace, layer).MoveToOuterDisposeScope())],
            trace.Representation.MoveToOuterDisposeScope());
    }
}
