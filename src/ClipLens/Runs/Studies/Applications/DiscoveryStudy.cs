using ClipLens.Compute;
using ClipLens.Discovery;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>What the model of a run sees in images, in the words of the run's text pool (paper, Appendix A.5).</summary>
public static class DiscoveryStudy
{
    /// <summary>Images of the run whose mean representation stands for that of all: it differs far less from it than images
    /// differ.</summary>
    private const int ImagesOfMean = 300;

    /// <summary>Finds the concepts of images. One that cannot be read has an error instead.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model, as <see cref="RunDirectory.LoadModel"/> gives it; it stays the caller's.</param>
    /// <param name="images">The images.</param>
    /// <param name="settings">How. The mean representation is measured on the run's images where it is needed and not given; whether
    /// images are
    /// turned upright is the run's setting.</param>
    /// <param name="neurons">The neurons and their texts; all of the run with its first pool if null.</param>
    /// <param name="progress">Images done, where there are several.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>One result an image, in their order.</returns>
    /// <exception cref="ClipLensException">None of the images can be read, the run lacks what was asked for, or a setting cannot be
    /// met.</exception>
    public static IReadOnlyList<ImageConcepts> Discover(RunDirectory run, ClipModel model, IReadOnlyList<ImageEntry> images,
        DiscoverySettings? settings = null, NeuronSelection? neurons = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        settings ??= new();
        using var described = (neurons ?? new()).Read(run);
        using var discovery = new ConceptDiscovery(model, described, Completed(run, model, settings, [settings.Method], progress,
            cancellation));
        var found = discovery.Discover(images, images.Count > 1 ? progress : null, cancellation);
        return found.Any(picture => picture.Error is null) ? found : throw new ClipLensException(found.Count > 0 ? found[0].Error!
            : "There are no images; give at least one.");
    }

    /// <summary>Compares ways of finding concepts with the known classes of images.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model; it stays the caller's.</param>
    /// <param name="images">Images with their classes.</param>
    /// <param name="classifier">The classes. A class may have several names, with commas between them.</param>
    /// <param name="methods">The methods with their weights; the weight counts for <see cref="DiscoveryMethod.Reinforced"/> alone.</param>
    /// <param name="settings">The other settings, as in <see cref="Discover"/>.</param>
    /// <param name="neurons">The neurons and their texts; all of the run with its first pool if null.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">None of the images can be read, the run lacks what was asked for, or a setting cannot be
    /// met.</exception>
    public static DiscoveryComparison Evaluate(RunDirectory run, ClipModel model, LabelledImages images, ZeroShotClassifier classifier,
        IReadOnlyList<(DiscoveryMethod Method, float Weight)> methods, DiscoverySettings? settings = null, NeuronSelection? neurons = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(methods);
        using var described = (neurons ?? new()).Read(run);
        var completed = Completed(run, model, settings ?? new(), methods.Select(method => method.Method), progress, cancellation);
        return DiscoveryEvaluation.Run(model, described, images, classifier, methods, completed, progress, cancellation);
    }

    private static DiscoverySettings Completed(RunDirectory run, ClipModel model, DiscoverySettings settings,
        IEnumerable<DiscoveryMethod> methods, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        bool upright = run.Manifest.Settings.ApplyOrientation;
        var mean = settings.MeanRepresentation;
        if (mean is null && methods.Contains(DiscoveryMethod.Embedding))
            mean = MeanRepresentation.Measure(model, RunImages.All(run), ImagesOfMean, upright,
                new() { Workers = settings.Workers, Progress = progress, Cancellation = cancellation });
        return settings with { MeanRepresentation = mean, ApplyOrientation = upright };
    }
}
