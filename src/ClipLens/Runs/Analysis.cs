using System.Diagnostics;
using ClipLens.Compute;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Work;

namespace ClipLens.Runs;

/// <summary>The main job: a checkpoint and a folder of images become neurons with directions, top images and texts, in a run
/// directory.</summary>
public static class Analysis
{
    /// <summary>
    /// Analyzes, or goes on with a run that was interrupted, or adds blocks, text pools and sizes to a finished one. A run that has
    /// everything already is only checked.
    /// </summary>
    /// <param name="settings">What to do.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops at the next batch; the same call goes on from there.</param>
    /// <exception cref="ClipLensException">An input or a setting is wrong, or the run in the output is of other inputs.</exception>
    /// <exception cref="IOException">The disk failed or is full; what was done is kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was done is kept.</exception>
    public static AnalysisResult Run(AnalysisSettings settings, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Work(AnalysisInputs.Open(settings, progress, cancellation), layers => layers.Do(), null, progress, cancellation);
    }

    /// <summary>Does the work on a run: its layers, somehow, then its texts.</summary>
    /// <param name="inputs">The inputs, which are disposed of.</param>
    /// <param name="makeLayers">Makes the layers that are missing and returns which.</param>
    /// <param name="whenDone">What is to be done at the end, before the run is let go; null for nothing.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops it.</param>
    internal static AnalysisResult Work(AnalysisInputs inputs, Func<LayerWork, IReadOnlyList<int>> makeLayers, Action? whenDone,
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var settings = inputs.Settings;
        using var owned = inputs;
        // The bits of a run must not depend on what else this process computes.
        using var threads = TorchThreads.One();
        using var held = RunLock.Take(settings.Output);
        progress?.Report(new("Checking the weights", 0, 1));
        inputs.Model.CheckFinite(cancellation);
        var writer = RunWriter.Begin(inputs);
        progress?.Report(new("Checking the weights", 1, 1));
        var (layers, texts) = Work(inputs, writer, makeLayers, progress, cancellation);
        whenDone?.Invoke();
        return new()
        {
            Run = RunDirectory.Open(settings.Output),
            Notes = inputs.Notes,
            Images = writer.Manifest.Images.Count,
            Unreadable = writer.Manifest.Images.Unreadable ?? 0,
            NewLayers = layers,
            NewTexts = texts,
            Elapsed = clock.Elapsed,
        };
    }

    private static (IReadOnlyList<int> Layers, IReadOnlyList<TextTableId> Texts) Work(AnalysisInputs inputs, RunWriter writer,
        Func<LayerWork, IReadOnlyList<int>> makeLayers, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            var layers = makeLayers(new LayerWork(inputs, writer, progress, cancellation));
            var texts = new TextWork(inputs, writer, progress, cancellation).Do();
            if (layers.Count + texts.Count > 0) writer.Save();
            return (layers, texts);
        }
        catch (OperationCanceledException)
        {
            // The time that went into it.
            writer.Save();
            throw;
        }
    }
}
