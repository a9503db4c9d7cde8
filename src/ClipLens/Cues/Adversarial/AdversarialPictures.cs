using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;

namespace ClipLens.Cues.Adversarial;

/// <summary>
/// Semantic adversarial images (paper, Section 5.1): cues become descriptions, descriptions become pictures, and the model is asked what
/// it takes these for.
/// </summary>
public static class AdversarialPictures
{
    /// <summary>
    /// Makes pictures and judges them, or goes on with what was stopped: what lies in the output is used again, and the result is the same
    /// as without the interruption.
    /// </summary>
    /// <param name="model">The model that is to be fooled.</param>
    /// <param name="settings">What to make.</param>
    /// <param name="describer">Writes the descriptions.</param>
    /// <param name="pictures">Makes the pictures.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops it; the same call goes on from there.</param>
    /// <exception cref="ClipLensException">A setting is wrong, a source of descriptions or pictures fails, or the output is of other
    /// settings.</exception>
    /// <exception cref="IOException">The disk failed or is full; what was made is kept.</exception>
    public static AdversarialResult Make(ClipModel model, AdversarialSettings settings, IDescriber describer, IPictureSource pictures,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(describer);
        ArgumentNullException.ThrowIfNull(pictures);
        settings.Check();
        // The bits of a result must not depend on what else this process computes.
        using var threads = TorchThreads.One();
        string[] cues = [.. settings.Sources.SelectMany(source => source.Cues).Distinct()];
        var prepared = pictures.Prepare(cues, progress, cancellation);
        var (name, shown) = prepared;
        var folder = new AdversarialFolder(settings.Output);
        folder.Begin(new(model.Sha256, settings.True, settings.Fooled, settings.Count, settings.Repeats, settings.CuesPerPicture,
            settings.Seed,
            settings.Templates ?? PromptTemplates.Default, describer.Name, name, settings.Sources,
            settings.Trials > 0 ? settings.Trials : null));
        using var judge = new PairJudge(model, settings.True, settings.Fooled, settings.Templates, settings.Workers);
        var work = new AdversarialWork(settings, folder, describer, pictures, judge, progress, cancellation);
        var trials = new PictureTrials(model, judge, (settings.True, settings.Fooled), describer, pictures, settings.Seed, new()
        {
            Workers = settings.Workers,
            Cancellation = cancellation
        });
        var tried = settings.Sources.Select(source => source with { Cues = Chosen([.. source.Cues.Where(shown.Contains)]) }).ToList();
        var made = tried.Select(work.MakePictures).ToList();
        if (made[0].Count == 0)
            throw new ClipLensException($"None of the cues of '{settings.Sources[0].Name}' can be shown in a picture "
            + $"({string.Join(", ", cues.Take(5))}); give others, or other pictures.");
        return new(settings.True, settings.Fooled,
            [.. settings.Sources.Zip(tried, made).Select(all => new CueFigures(all.First.Name, all.Second.Cues,
                [.. all.First.Cues.Where(cue => !shown.Contains(cue))],
                    [.. all.Third.GroupBy(picture => picture.Repeat).Select(repeat => RepeatFigures.Summarise([.. repeat]))]))],
            [.. made.SelectMany(own => own)])
        { Photographs = prepared.Photographs };

        IReadOnlyList<string> Chosen(IReadOnlyList<string> own) => settings.Trials == 0 ? own
            : CueTrials.Choose(trials, own, settings.CuesPerPicture, settings.Trials, progress);
    }
}
