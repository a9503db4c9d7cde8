using ClipLens.Compute;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs.Storage;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>The cues by which the model of a run may be led to take one class for another (paper, Section 5.1).</summary>
public static class CueStudy
{
    /// <summary>Images that tell names of a class from signs of it.</summary>
    private const int MostLookedAt = 1000;

    /// <summary>Finds cues.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model, as <see cref="RunDirectory.LoadModel"/> gives it; it stays the caller's.</param>
    /// <param name="trueClass">The class that an image shows, such as ship.</param>
    /// <param name="fooledClass">The class that the model shall see, such as truck.</param>
    /// <param name="settings">How. Where the source needs images and none are given, the run's are taken.</param>
    /// <param name="neurons">The neurons and their texts; all of the run with its first pool if null.</param>
    /// <param name="progress">Images done, where the source needs some.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ClipLensException">A class name is empty, both are the same, the run lacks what was asked for, or a setting cannot
    /// be met.</exception>
    public static CueReport Find(RunDirectory run, ClipModel model, string trueClass, string fooledClass, CueSettings? settings = null,
        NeuronSelection? neurons = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var described = (neurons ?? new()).Read(run);
        settings = (settings ?? new()) with { Images = settings?.Images ?? RunImages.All(run) };
        using var seen = settings.Source == CueSource.Statistics && settings.Seen is null
            ? Seen(run, model, settings, progress, cancellation)
            : null;
        return SpuriousCues.Find(model, described, trueClass, fooledClass, settings with { Seen = settings.Seen ?? seen }, progress,
            cancellation);
    }

    /// <summary>Tries cues on pictures with and without each, made of photographs: the confirmed ones by their shift, then the others as
    /// they came.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model; it stays the caller's.</param>
    /// <param name="report">The cues.</param>
    /// <param name="photographs">What the pictures are made of, and how.</param>
    /// <param name="pictures">Pictures with and without each cue.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ClipLensException">Fewer than two pictures a cue are asked for, or none can be made.</exception>
    public static CueReport Confirm(RunDirectory run, ClipModel model, CueReport report, RunPictureSettings photographs, int pictures,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(photographs);
        using var source = photographs.Open(run, model, report.True, report.Fooled);
        var settings = new ConfirmationSettings { Pictures = pictures, Seed = photographs.Seed, Templates = photographs.Templates };
        return CueConfirmation.Confirm(model, report, source, settings, options: new()
        {
            Workers = photographs.Workers,
            Progress = progress,
            Cancellation = cancellation
        });
    }

    /// <summary>Scans every pair of a list of classes for the texts that lead furthest from one to the other, in weight space.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model; it stays the caller's.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="settings">How.</param>
    /// <param name="pool">The text pool; the run's first if null.</param>
    /// <param name="progress">Images done, where the run's are looked at.</param>
    /// <param name="shown">If not 0: only texts that so many of the run's images show beyond doubt while they seem to show neither class,
    /// which is not so of another name of a class; a thousand images by lot are looked at where no
    /// <see cref="CuePairSettings.Seen"/> is given.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ClipLensException">There are fewer than two classes, or the run has no such pool.</exception>
    public static IReadOnlyList<PairCue> Pairs(RunDirectory run, ClipModel model, IReadOnlyList<string> classes,
        CuePairSettings? settings = null, string? pool = null, int shown = 0, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        string name = pool ?? run.FirstPool
            ?? throw new ClipLensException($"The run {run.Path} has no texts; analyze it again with texts.");
        using var embeddings = run.PoolEmbeddings(name);
        using var covariance = BehaviourFile.ReadCovariance(RunFiles.Representations(run.Path));
        settings ??= new();
        using var seen = shown > 0 && settings.Seen is null
            ? Seen(run, model, new() { Images = ByLot(RunImages.All(run)) }, progress, cancellation) : null;
        return CuePairs.Scan(model, run.PoolTexts(name), embeddings, classes, covariance,
            shown > 0 ? settings with { Seen = settings.Seen ?? seen, LeastShown = shown } : settings, cancellation);
    }

    private static IReadOnlyList<ImageEntry> ByLot(IReadOnlyList<ImageEntry> images) => images.Count <= MostLookedAt ? images
        : [.. new SeededRandom(0).Choose(images.Count, MostLookedAt).Order().Select(i => images[i])];

    /// <summary>The images of a run, turned as it turned them.</summary>
    internal static SeenImages Seen(RunDirectory run, ClipModel model, CueSettings settings, IProgress<WorkProgress>? progress,
        CancellationToken cancellation) => SeenImages.Encode(model, settings.Images!, run.Manifest.Settings.ApplyOrientation, new()
        {
            Workers = settings.Workers,
            Progress = progress,
            Cancellation = cancellation
        });
}
