using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Editing.Measuring;

/// <summary>The unit representations of images that could be read, and which they are. It owns the tensor.</summary>
/// <param name="Indices">Their places among the images, ascending: n.</param>
/// <param name="Unit">Float32 [n, d].</param>
internal sealed record ImageVectors(IReadOnlyList<int> Indices, Tensor Unit) : IDisposable
{
    /// <summary>Passes images through a tower; those that cannot be read are left out.</summary>
    /// <exception cref="ClipLensException">None of them can be read.</exception>
    public static ImageVectors Encode(ImageTower tower, ImageBatchReader images, string stage, WorkOptions? options = null)
    {
        var (indices, rows) = (new List<int>(), new List<float>());
        new DatasetPass(images, 16, stage, options).Run(
            batch => nn.functional.normalize(tower.Encode(batch.Pixels), 2, -1).contiguous().data<float>().ToArray(),
            (batch, found) =>
            {
                indices.AddRange(batch.Indices);
                rows.AddRange(found ?? []);
            });
        if (indices.Count == 0) throw new ClipLensException("None of the images could be read, so nothing can be measured; check the "
            + "files.");
        return new(indices, tensor(rows.ToArray(), [indices.Count, tower.EmbedDim]).DetachFromDisposeScope());
    }

    public void Dispose() => Unit.Dispose();
}
