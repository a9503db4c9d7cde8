using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Statistics;

namespace ClipLens.Cues.Adversarial;

/// <summary>How cues are confirmed.</summary>
public sealed record ConfirmationSettings
{
    /// <summary>Pictures with and without each cue.</summary>
    public int Pictures { get; init; } = 24;

    /// <summary>Cues to keep at most; all if null.</summary>
    public int? Count { get; init; }

    /// <summary>Decides what is left to chance.</summary>
    public ulong Seed { get; init; }

    /// <summary>Templates of the classifier; <see cref="Labels.PromptTemplates.Default"/> if null.</summary>
    public IReadOnlyList<string>? Templates { get; init; }
}

/// <summary>
/// Confirms cues by intervention: pictures of the true class with and without each cue, and how much nearer the cue brings them to the
/// fooled class. A word that only goes with a class by chance, or with another class that looks like it, moves nothing.
/// </summary>
public static class CueConfirmation
{
    private const int LeastPictures = 2;

    /// <summary>Tries every cue and lists them by what they do: the tried ones by their shift, then those that cannot be shown.</summary>
    /// <param name="model">The model.</param>
    /// <param name="report">The cues.</param>
    /// <param name="pictures">Makes the pictures.</param>
    /// <param name="settings">How.</param>
    /// <param name="describer">Writes the descriptions; templates if null.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">Fewer than two pictures a cue are asked for, or a source of pictures fails.</exception>
    public static CueReport Confirm(ClipModel model, CueReport report, IPictureSource pictures, ConfirmationSettings? settings = null,
        IDescriber? describer = null, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(pictures);
        (settings, options) = (settings ?? new(), options ?? new());
        if (settings.Pictures < LeastPictures) throw new ClipLensException("A cue is confirmed on at least two pictures, from which its "
            + "interval is taken; ask for more.");
        using var threads = TorchThreads.One();
        using var judge = new PairJudge(model, report.True, report.Fooled, settings.Templates, options.Workers);
        var shown = pictures.Prepare([.. report.Cues.Select(cue => cue.Text)], options.Progress, options.Cancellation).Cues;
        var trials = new PictureTrials(model, judge, (report.True, report.Fooled), describer ?? new TemplateDescriber(), pictures,
            settings.Seed, options);
        var cues = new List<SpuriousCue>();
        foreach (var cue in report.Cues)
        {
            cues.Add(shown.Contains(cue.Text) ? cue with { Effect = EffectOf(trials.Try([cue.Text], settings.Pictures)) } : cue);
            options.Progress?.Report(new("Confirming cues", cues.Count, report.Cues.Count));
        }
        return report with
        {
            Cues = [.. cues.OrderByDescending(cue => cue.Effect?.Shift ?? double.NegativeInfinity).Take(settings.Count ?? cues.Count)]
        };
    }

    private static CueEffect? EffectOf(IReadOnlyList<Verdict> verdicts)
    {
        if (verdicts.Count < LeastPictures) return null;
        float[] shifts = [.. verdicts.Select(verdict => verdict.Margin - verdict.ControlMargin)];
        var interval = Bootstrap.OfMeans([shifts])[0];
        return new(shifts.Average(shift => (double)shift), interval.Low, interval.High);
    }
}
