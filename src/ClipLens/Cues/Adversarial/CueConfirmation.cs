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

    /// <summary>Tries every cue and lists them by what they do: the confirmed ones by their shift, then the others as they came.</summary>
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
        ArgumentNullException.ThrowIfNull(report);
        return ConfirmAll(model, [report], pictures, settings, describer, options)[0];
    }

    /// <summary>The same for the cues of several sources between the same two classes; a cue that several have is tried once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="reports">The cues by source.</param>
    /// <param name="pictures">Makes the pictures.</param>
    /// <param name="settings">How.</param>
    /// <param name="describer">Writes the descriptions; templates if null.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ClipLensException">Fewer than two pictures a cue are asked for, or a source of pictures fails.</exception>
    public static IReadOnlyList<CueReport> ConfirmAll(ClipModel model, IReadOnlyList<CueReport> reports, IPictureSource pictures,
        ConfirmationSettings? settings = null, IDescriber? describer = null, WorkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(reports);
        ArgumentNullException.ThrowIfNull(pictures);
        (settings, options) = (settings ?? new(), options ?? new());
        if (settings.Pictures < LeastPictures) throw new ClipLensException("A cue is confirmed on at least two pictures, from which its "
            + "interval is taken; ask for more.");
        if (reports.Count == 0) return [];
        var (from, to) = (reports[0].True, reports[0].Fooled);
        using var threads = TorchThreads.One();
        using var judge = new PairJudge(model, from, to, settings.Templates, options.Workers);
        string[] cues = [.. reports.SelectMany(report => report.Cues).Select(cue => cue.Text).Distinct()];
        var shown = pictures.Prepare(cues, options.Progress, options.Cancellation).Cues;
        var trials = new PictureTrials(model, judge, (from, to), describer ?? new TemplateDescriber(), pictures, settings.Seed, options);
        var stage = new StageProgress(options.Progress, "Confirming cues", cues.Length);
        var effects = new Dictionary<string, CueEffect?>();
        foreach (string cue in cues)
        {
            effects[cue] = shown.Contains(cue) ? EffectOf(trials.Try([cue], settings.Pictures)) : null;
            stage.Report(effects.Count);
        }
        return [.. reports.Select(report => report with
        {
            Cues = [.. report.Cues.Select(cue => cue with { Effect = effects[cue.Text] }).OrderByDescending(cue => cue.IsConfirmed)
                .ThenByDescending(cue => cue.IsConfirmed ? cue.Effect!.Shift : 0).Take(settings.Count ?? int.MaxValue)]
        })];
    }

    private static CueEffect? EffectOf(IReadOnlyList<Verdict> verdicts)
    {
        if (verdicts.Count < LeastPictures) return null;
        float[] shifts = [.. verdicts.Select(verdict => verdict.Margin - verdict.ControlMargin)];
        var interval = Bootstrap.OfMeans([shifts])[0];
        return new(shifts.Average(shift => (double)shift), interval.Low, interval.High);
    }
}
