using ClipLens.Compute;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Models;
using ClipLens.Runs.Storage;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>Images of one class that the model of a run takes for another, because of what is beside it (paper, Section 5.1).</summary>
public static class AdversarialStudy
{
    /// <summary>Finds cues in the run, makes images with them and asks the model, or goes on with what was stopped.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model, as <see cref="RunDirectory.LoadModel"/> gives it; it stays the caller's.</param>
    /// <param name="settings">What to make.</param>
    /// <param name="describer">Writes the descriptions; templates if null.</param>
    /// <param name="pictures">Makes the images; photographs put together if null. It stays the caller's.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops it; the same call goes on from there.</param>
    /// <exception cref="ClipLensException">A setting is wrong, the run lacks what was asked for, a source of descriptions or images fails,
    /// another process
    /// works on the output, or the output is of other settings.</exception>
    /// <exception cref="IOException">The disk failed or is full; what was made is kept.</exception>
    public static AdversarialResult Make(RunDirectory run, ClipModel model, AdversarialStudySettings settings, IDescriber? describer = null,
        IPictureSource? pictures = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        using var held = RunLock.Take(settings.Pictures.Output);
        progress?.Report(new("Looking for cues", 0, 1));
        using var own = settings.Cues.Seen is null && settings.Sources.Contains(CueSource.Statistics)
            ? CueStudy.Seen(run, model, new() { Images = RunImages.All(run), Workers = settings.Pictures.Workers }, progress, cancellation)
            : null;
        var seen = settings.Cues.Seen ?? own;
        var wanted = settings.Pictures with
        {
            Sources = [.. settings.Pictures.Sources, .. FindCues(run, model, settings, seen, progress, cancellation)]
        };
        progress?.Report(new("Looking for cues", 1, 1));
        var pair = settings.Pictures;
        using var photographs = pictures is not null ? null
            : (settings.Photographs with
            {
                Pool = settings.Photographs.Pool ?? settings.Neurons.Pool,
                Seen = settings.Photographs.Seen ?? seen,
                Templates = pair.Templates,
                Seed = pair.Seed,
                Batch = pair.Batch,
                Workers = pair.Workers,
            }).Open(run, model, pair.True, pair.Fooled);
        return AdversarialPictures.Make(model, wanted, describer ?? new TemplateDescriber(), pictures ?? photographs!, progress,
            cancellation);
    }

    private static IEnumerable<CueList> FindCues(RunDirectory run, ClipModel model, AdversarialStudySettings settings,
        SeenImages? seen, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        if (settings.Sources.Count == 0) yield break;
        using var described = settings.Neurons.Read(run);
        var (pictures, images) = (settings.Pictures, RunImages.All(run));
        var common = settings.Cues with
        {
            Templates = pictures.Templates,
            Seed = pictures.Seed,
            Images = images,
            Workers = pictures.Workers
        };
        foreach (var source in settings.Sources)
        {
            var wanted = common with { Source = source, Seen = seen };
            var report = SpuriousCues.Find(model, described, pictures.True, pictures.Fooled, wanted, progress, cancellation);
            yield return new(CueSources.NameOf(source), [.. report.Cues.Select(cue => cue.Text)]);
        }
    }
}
