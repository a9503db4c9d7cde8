using System.Diagnostics;
using ClipLens.Compute;

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
        var clock = Stopwatch.StartNew();
        // The bits of a run must not depend on what else this process computes.
        using var threads = TorchThreads.One();
        using var inputs = AnalysisInputs.Open(settings, progress, cancellation);
        using var held = RunLock.Take(settings.Output);
        progress?.Report(new("Checking the weights", 0, 1));
        inputs.Model.CheckFinite(cancellation);
        var writer = RunWriter.Begin(inputs);
        progress?.Report(new("Checking the weights", 1, 1));
        var (layers, texts) = Work(inputs, writer, progress, cancellation);
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
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            var layers = new LayerWork(inputs, writer, progress, cancellation).Do();
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
