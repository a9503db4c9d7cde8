using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Writes the second-order effects of images to a safetensors file: <c>effects</c> [images, N, d] (<c>effects.9</c>, <c>effects.10</c>,
/// ... where several blocks are asked for), in percent of the length of the image's representation, and <c>representation</c> [images,
/// d], not normalised; float32.
/// </summary>
public static class EffectsFile
{
    // The effects of a batch lie in memory whole: 6 MB an image and block of ViT-B/32.
    private const long BytesPerWorker = 256L << 20;

    /// <summary>Computes the effects, batch by batch straight to the file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images, one row each, in this order.</param>
    /// <param name="layers">The blocks wanted, at least one.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="batch">Images in a forward pass; fewer where their effects would take too much memory.</param>
    /// <param name="options">How it is run; nothing is written where it is stopped.</param>
    /// <exception cref="ClipLensException">An image cannot be read, or the file cannot be written.</exception>
    public static void Write(ClipModel model, ImageBatchReader images, IReadOnlyList<int> layers, string path, int batch = 16,
        WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        Write(model.Image, images, layers, path, batch, options);
    }

    /// <summary>Computes the effects of the text tower's neurons on texts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">The texts, one row each, in this order.</param>
    /// <param name="layers">The blocks wanted, at least one.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="batch">Texts in a forward pass; fewer where their effects would take too much memory.</param>
    /// <param name="options">How it is run; nothing is written where it is stopped.</param>
    /// <exception cref="ClipLensException">The file cannot be written.</exception>
    public static void Write(ClipModel model, IReadOnlyList<string> texts, IReadOnlyList<int> layers, string path, int batch = 16,
        WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var reader = model.Reader(TowerKind.Text, [.. texts.Select(text => new ImageEntry(text, ""))]);
        Write(model.Text, reader, layers, path, batch, options);
    }

    private static void Write(ITower tower, ImageBatchReader images, IReadOnlyList<int> layers, string path, int batch,
        WorkOptions? options)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var effects = new SecondOrder(tower, layers);
        var (neurons, width) = (tower.Config.MlpWidth, tower.EmbedDim);
        SafeTensorSpec[] tensors =
        [
            .. layers.Select(layer => new SafeTensorSpec(layers.Count == 1 ? "effects" : $"effects.{layer}", ElementType.Float32,
                images.Count, neurons, width)),
            new("representation", ElementType.Float32, images.Count, width),
        ];
        using var writer = SafeTensorsWriter.Create(path, tensors);
        long bytesPerImage = sizeof(float) * (long)neurons * width * layers.Count;
        int fitting = (int)Math.Clamp(BytesPerWorker / bytesPerImage, 1, batch);
        new DatasetPass(images, fitting, "Effects", options).Begin().RunAll(pixels => Compute(effects, tower, layers, pixels),
            found =>
        {
            foreach (var (tensor, values) in tensors.Zip(found)) writer.Write(tensor.Name, values);
        });
        writer.Complete();
    }

    /// <summary>The effects block by block, and the representation.</summary>
    private static Tensor[] Compute(SecondOrder effects, ITower tower, IReadOnlyList<int> layers, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(pixels, effects.Request);
        return [.. layers.Select(layer => effects.Effects(trace, layer).ToHost().MoveToOuterDisposeScope()),
            trace.Representation.ToHost().MoveToOuterDisposeScope()];
    }
}
