using ClipLens.Compute;

namespace ClipLens.Runs.Studies.Reproduction;

/// <summary>
/// The paper's experiments on ImageNet, or on a dataset of the same layout: analyzes training images, ablates the layers on validation
/// images, compares the kinds of effect, and puts each published number beside the measured one.
/// </summary>
public static class ReproductionStudy
{
    /// <summary>
    /// Does the experiments, each of which leaves a file in the output and is skipped when its file is there and of the same inputs, and
    /// writes
    /// <c>report.json</c> and <c>report.md</c>.
    /// </summary>
    /// <param name="settings">What to do.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops at the next batch; the same call goes on from there.</param>
    /// <exception cref="ClipLensException">An input or a setting is wrong, or a file of the output is damaged.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was done is kept.</exception>
    public static ReproductionResult Run(ReproductionSettings settings, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        var steps = new ReproductionSteps(settings, progress, cancellation).Run();
        return ReproductionReport.Write(settings, steps) with { Notes = steps.Notes };
    }
}
