using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Models;

/// <summary>Writes the embeddings of images or texts to a safetensors file: <c>embeddings</c> [items, d], float32, not
/// normalised.</summary>
public static class EmbeddingFile
{
    /// <summary>Embeds images, batch by batch straight to the file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images, one row each, in this order.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="batch">Images in a forward pass.</param>
    /// <param name="options">How it is run; nothing is written where it is stopped.</param>
    /// <exception cref="ClipLensException">An image cannot be read, or the file cannot be written.</exception>
    public static void WriteImages(ClipModel model, ImageBatchReader images, string path, int batch = 16, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        using var writer = SafeTensorsWriter.Create(path, [new("embeddings", ElementType.Float32, images.Count, model.Config.EmbedDim)]);
        var tower = model.Image;
        new DatasetPass(images, batch, "Embedding images", options).Begin()
            .RunAll(pixels => tower.Encode(pixels), embeddings => writer.Write("embeddings", embeddings));
        writer.Complete();
    }

    /// <summary>Embeds texts; the file also holds their token ids, <c>tokens</c> [items, context], int32.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">The texts, one row each, in this order.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="options">How it is run; nothing is written where it is stopped.</param>
    /// <exception cref="ClipLensException">The file cannot be written.</exception>
    public static void WriteTexts(ClipModel model, IReadOnlyList<string> texts, string path, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        using var writer = SafeTensorsWriter.Create(path,
        [
            new("embeddings", ElementType.Float32, texts.Count, model.Config.EmbedDim),
            new("tokens", ElementType.Int32, texts.Count, model.Config.Text.ContextLength),
        ]);
        foreach (string text in texts) writer.Write<int>("tokens", model.Tokenizer.Encode(text));
        options ??= new();
        var progress = new StageProgress(options.Progress, "Embedding texts", texts.Count);
        using (var embeddings = model.EmbedTexts(texts, progress, options.Workers, options.Cancellation)) writer.Write("embeddings",
            embeddings);
        writer.Complete();
    }
}
