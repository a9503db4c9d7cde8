using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Models;

/// <summary>Writes the embeddings of images or texts to a safetensors file: <c>embeddings</c> [items, d], float32, not normalised.</summary>
internal static class EmbeddingFile
{
    /// <summary>Embeds pictures, batch by batch straight to the file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The pictures, one row each, in this order.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="settings">How the pictures are read.</param>
    /// <param name="progress">Pictures done.</param>
    /// <param name="cancellation">Stops between batches; nothing is written then.</param>
    /// <exception cref="ClipLensException">A picture cannot be read, or the file cannot be written.</exception>
    public static void OfImages(ClipModel model, IReadOnlyList<ImageEntry> images, string path, ImagePassSettings settings,
        IProgress<int>? progress, CancellationToken cancellation)
    {
        using var writer = SafeTensorsWriter.Create(path, [new("embeddings", ElementType.Float32, images.Count, model.Config.EmbedDim)]);
        var tower = model.Image;
        ImagePass.Run(model, images, settings, pixels => tower.Encode(pixels), embeddings => writer.Write("embeddings", embeddings), progress, cancellation);
        writer.Complete();
    }

    /// <summary>Embeds texts; the file also holds their token ids, <c>tokens</c> [items, context], int32.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">The texts, one row each, in this order.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="progress">Texts done.</param>
    /// <param name="cancellation">Stops between batches; nothing is written then.</param>
    /// <exception cref="ClipLensException">The file cannot be written.</exception>
    public static void OfTexts(ClipModel model, IReadOnlyList<string> texts, string path, IProgress<int>? progress, CancellationToken cancellation)
    {
        using var writer = SafeTensorsWriter.Create(path,
        [
            new("embeddings", ElementType.Float32, texts.Count, model.Config.EmbedDim),
            new("tokens", ElementType.Int32, texts.Count, model.Config.Text.ContextLength),
        ]);
        foreach (string text in texts) writer.Write<int>("tokens", model.Tokenizer.Encode(text));
        using (var embeddings = model.EmbedTexts(texts, progress, cancellation)) writer.Write("embeddings", embeddings);
        writer.Complete();
    }
}
