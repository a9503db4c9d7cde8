using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>The passes that are timed.</summary>
internal static class Passes
{
    /// <summary>The plain forward pass over so many images.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="pixels">The images of a batch.</param>
    /// <param name="images">Images.</param>
    /// <param name="batch">Images in a forward pass.</param>
    public static void Forward(ImageTower tower, Func<int, Tensor> pixels, int images, int batch) =>
        OrderedWork.Run(0, (images + batch - 1) / batch, number => tower.Encode(pixels(number)), (_, _) => { }, null,
            CancellationToken.None);

    /// <summary>The main job of some blocks over images, from the pass to the directions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images.</param>
    /// <param name="layers">The blocks.</param>
    /// <param name="settings">How; the scratch folder is set here.</param>
    /// <param name="whileThere">Looks at the scratch folder from time to time; nobody does if null.</param>
    public static void Analyze(ClipModel model, IReadOnlyList<ImageEntry> images, int[] layers, DatasetSettings settings,
        Action<DirectoryInfo>? whileThere = null)
    {
        var scratch = Directory.CreateTempSubdirectory("cliplens-bench-");
        using var looks = whileThere is null ? null : new Timer(_ => whileThere(scratch), null, 0, 50);
        try
        {
            using var reader = new ImageBatchReader(model.Preprocessor, images);
            using var pass = new EffectPass(model.Image, new SecondOrder(model.Image, layers), reader,
                settings with { ScratchFolder = scratch.FullName });
            pass.Run(null, CancellationToken.None);
            foreach (var _ in DatasetAnalysis.Analyze([pass], layers, Math.Min(images.Count, settings.Top), DirectionSign.Strongest, null,
                CancellationToken.None)) { }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
