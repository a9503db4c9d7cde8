using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Runs.Storage;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Portraits;

/// <summary>
/// Portraits of a run's neurons: what they do on all images, where it goes, and how alike their top images are. One more pass over the
/// images; kept in the run, where the explorer and whoever else wants it finds it.
/// </summary>
public static class PortraitStudy
{
    /// <summary>Images of the sample whose norms are kept.</summary>
    public const int SampleSize = 256;

    private const int TopCompared = 40, Chunk = 256;

    /// <summary>Blocks of a run that have no portraits yet.</summary>
    public static IReadOnlyList<int> Missing(RunDirectory run)
    {
        ArgumentNullException.ThrowIfNull(run);
        bool hasImages = File.Exists(RunFiles.ImageRepresentations(run.Path));
        return [.. run.Layers.Where(layer => !hasImages || !File.Exists(RunFiles.Portraits(run.Path, layer)))];
    }

    /// <summary>Makes the portraits that a run lacks and keeps them in it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model, as <see cref="RunDirectory.LoadModel"/> gives it; it stays the caller's.</param>
    /// <param name="options">How the pass is run.</param>
    /// <exception cref="ClipLensException">An image of the run has changed or is gone, another process works on the run, or it cannot be
    /// written to.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is there stays.</exception>
    public static void Run(RunDirectory run, ClipModel model, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        using var held = RunLock.Take(run.Path);
        int[] layers = [.. Missing(run)];
        if (layers.Length == 0) return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        int[] sample = Sample(run);
        using var pass = PortraitPass.Run(run, model, layers, sample, options ?? new());
        var unit = Centred(run, pass.Representations);
        foreach (int layer in layers)
        {
            var (mean, polysemanticity) = TopImages(run.Neurons(layer), unit);
            PortraitFile.Write(RunFiles.Portraits(run.Path, layer),
                pass.Portraits(layer, sample) with { ImageMean = mean, Polysemanticity = polysemanticity });
        }
        PortraitFile.WriteImages(RunFiles.ImageRepresentations(run.Path), pass.Representations.Floats().ToArray(), run.Images.Count);
    }

    private static int[] Sample(RunDirectory run) =>
        [.. run.Images.Where(image => image.Error is null).DistinctBy(image => image.Sha256)
            .OrderBy(image => image.Sha256, StringComparer.Ordinal).Take(SampleSize).Select(image => image.Index).Order()];

    /// <summary>The representations less their mean, of unit length; zero where there is none: [images, d].</summary>
    private static Tensor Centred(RunDirectory run, Tensor representations)
    {
        long[] readable = [.. run.Images.Where(image => image.Error is null).Select(image => (long)image.Index)];
        var places = tensor(readable);
        var own = representations.index_select(0, places);
        return zeros_like(representations).index_copy_(0, places,
            nn.functional.normalize(own - own.mean([0], keepdim: true), 2, 1));
    }

    private static (float[] Mean, float[] Polysemanticity) TopImages(Neurons.LayerNeurons neurons, Tensor unit)
    {
        int most = Math.Min(TopCompared, neurons.Top), width = (int)unit.shape[1];
        float[] means = new float[neurons.Count * width], unlike = new float[neurons.Count];
        for (int first = 0; first < neurons.Count; first += Chunk)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(Chunk, neurons.Count - first);
            long[] images = [.. Enumerable.Range(first, count).SelectMany(i => neurons.TopImagesOf(i)[..most].ToArray())
                .Select(image => (long)image)];
            var mean = unit.index_select(0, tensor(images)).view(count, most, width).mean([1]);
            mean.Floats().CopyTo(means.AsSpan(first * width));
            float[] lengths = mean.square().sum(1).Floats().ToArray();
            for (int i = 0; i < count; i++)
                unlike[first + i] = most > 1 ? 1 - (lengths[i] * most - 1) / (most - 1) : 0;
        }
        return (means, unlike);
    }
}
