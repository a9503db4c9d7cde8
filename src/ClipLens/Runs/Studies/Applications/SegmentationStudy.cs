using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>An image with what was found in it.</summary>
/// <param name="Entry">The image.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Segments">A segment a class, in their order.</param>
public sealed record SegmentedImage(ImageEntry Entry, RgbImage Image, IReadOnlyList<ClassSegment> Segments);

/// <summary>Where classes, named in words, are in images, and which neurons of a run say so (paper, Section 5.2).</summary>
public static class SegmentationStudy
{
    /// <summary>Finds classes in images of any shape.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model, as <see cref="RunDirectory.LoadModel"/> gives it; it stays the caller's.</param>
    /// <param name="images">The images.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="found">Takes the images one by one, in their order: whoever has many need not hold them all.</param>
    /// <param name="method">The method; <see cref="SegmentationMethod.Default"/> if null.</param>
    /// <param name="settings">How.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">A class name is empty, an image cannot be read, the run lacks what was asked for, or a setting
    /// cannot be met.</exception>
    public static void Segment(RunDirectory run, ClipModel model, IReadOnlyList<ImageEntry> images, IReadOnlyList<string> classes,
        Action<SegmentedImage> found, SegmentationMethod? method = null, SegmentationStudySettings? settings = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(found);
        settings ??= new();
        using var pool = Pool(run, settings);
        using var segmenter = new Segmenter(model, method, settings.Methods, [.. run.Layers.Select(run.Neurons)], pool);
        OrderedWork.Run(0, images.Count, i =>
        {
            var image = ImageDecoder.Decode(images[i].Path, run.Manifest.Settings.ApplyOrientation);
            return new SegmentedImage(images[i], image, segmenter.Segment(image, classes, settings.Templates));
        }, (i, segmented) =>
        {
            found(segmented);
            progress?.Report(new("Segmenting", i + 1, images.Count));
        }, settings.Methods.Workers, cancellation);
    }

    /// <summary>Measures segmentation methods on images whose masks are known; image and mask go through the same crop.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model; it stays the caller's.</param>
    /// <param name="samples">The images with their masks.</param>
    /// <param name="methods">The methods; <see cref="SegmentationMethod.All"/> if null.</param>
    /// <param name="settings">How.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="ClipLensException">An image or mask cannot be read, they differ in size, the run lacks what was asked for, or a
    /// setting cannot be met.</exception>
    public static SegmentationStudyResult Evaluate(RunDirectory run, ClipModel model, IReadOnlyList<SegmentationSample> samples,
        IReadOnlyList<SegmentationMethod>? methods = null, SegmentationStudySettings? settings = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(samples);
        settings ??= new();
        using var pool = Pool(run, settings);
        var scores = SegmentationEvaluation.Run(model, samples, methods ?? SegmentationMethod.All, settings.Methods,
            [.. run.Layers.Select(run.Neurons)], pool,
            settings.Templates, new StageProgress(progress, "Segmenting", samples.Count), cancellation);
        return new(run.Path, settings.PoolIn(run), settings.Methods, samples.DistinctBy(sample => sample.Id).Count(), samples.Count,
            scores);
    }

    private static Tensor? Pool(RunDirectory run, SegmentationStudySettings settings) => settings.PoolIn(run) is { } name
        ? run.PoolEmbeddings(name) : null;
}
