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
        Each(tower.Encode, pixels, (images + batch - 1) / batch);

    /// <summary>Something done with so many batches, on all cores.</summary>
    /// <param name="work">What is done.</param>
    /// <param name="pixels">The images of a batch.</param>
    /// <param name="batches">Batches.</param>
    public static void Each(Func<Tensor, Tensor> work, Func<int, Tensor> pixels, int batches) =>
        OrderedWork.Run(0, batches, number => work(pixels(number)), (_, _) => { }, null, CancellationToken.None);

    /// <summary>The main job of some blocks over images, from the pass to the directions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images.</param>
    /// <param name="layers">The blocks.</param>
    /// <param name="settings">How; the scratch folder is set here.</param>
    /// <param name="whileThere">Looks at the scratch folder from time to time; nobody does if null.</param>
    /// <param name="progress">Hears of what is done.</param>
    /// <param name="passed">Looks at the pass when it is through, and says whether the job goes on.</param>
    public static void Analyze(ClipModel model, IReadOnlyList<ImageEntry> images, int[] layers, DatasetSettings settings,
        Action<DirectoryInfo>? whileThere = null, IProgress<WorkProgress>? progress = null, Predicate<EffectPass>? passed = null)
    {
        var scratch = Directory.CreateTempSubdirectory("cliplens-bench-");
        using var looks = whileThere is null ? null : new Timer(_ => whileThere(scratch), null, 0, 50);
        try
        {
            using var reader = new ImageBatchReader(model.Preprocessor, images);
            using var pass = new EffectPass(model.Image, new SecondOrder(model.Image, layers), reader,
                settings with { ScratchFolder = scratch.FullName });
            pass.Run(progress, CancellationToken.None);
            if (passed?.Invoke(pass) == false) return;
            foreach (var _ in DatasetAnalysis.Analyze([pass], layers, Math.Min(images.Count, settings.Top), DirectionSign.Strongest,
                progress, CancellationToken.None)) { }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>What a pass does with a batch's pixels, step by step; each step does what those before it do, and more. What is left is the
    /// images' representations.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="pass">A pass behind its sample.</param>
    public static IReadOnlyList<(string Name, Func<Tensor, Tensor> Work)> Steps(ImageTower tower, EffectPass pass)
    {
        var effects = pass.Effects;
        return [("forward pass", tower.Encode),
            ("with neurons and attention kept", pixels => Traced(pixels, (_, _) => { })),
            ("and coefficients", pixels => Traced(pixels, (trace, layer) =>
            {
                var paths = effects.PathsOf(trace, layer);
                if (pass.Layer(layer).DeviceForms is null) paths.AllCoefficients(pass.AtOnce(layer));
                else paths.Coefficients(0, pass.Layer(layer).Neurons);
            })),
            ("and lengths", pixels => Traced(pixels, (trace, layer) => MeasuredLayer.Measure(pass.Layer(layer), effects.PathsOf(trace, layer),
                pass.AtOnce(layer), pass.Sums.Rounder(layer))))];

        Tensor Traced(Tensor pixels, Action<ForwardTrace, int> work)
        {
            using var turn = tower.Placement.Turn();
            var trace = tower.Trace(pixels, effects.Request);
            foreach (int layer in effects.Layers)
            {
                using var scope = NewDisposeScope();
                work(trace, layer);
            }
            return trace.Representation.ToHost();
        }
    }

    /// <summary>Bytes of the files of a folder that may be going away.</summary>
    public static long Bytes(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
