using ClipLens.Compute;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Typography;
using ClipLens.Editing.Units;
using ClipLens.Labels;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>Edits that are looked for on labelled images: against words that are written on them, or against spurious cues.</summary>
internal static class EditSearches
{
    private const int ScenesOfAnObject = 2;

    /// <summary>Looks for what the settings ask for on one half of the images.</summary>
    /// <returns>The inputs with the other half of the images, and what was found.</returns>
    /// <exception cref="ClipLensException">There are no labelled images, or nothing was found that helps.</exception>
    public static (EditInputs Inputs, EditResult Result, UnitMeans Means) Run(EditInputs inputs, WorkOptions how)
    {
        var settings = inputs.Settings;
        var images = Labelled(inputs);
        var means = EditStudy.Means(inputs, [.. Enumerable.Range(0, inputs.Model.Config.Vision.Layers)], how);
        using var classifier = ZeroShotClassifier.Create(inputs.Model, images.Classes!, images.Templates);
        var subject = new SearchedModel(inputs.Path, inputs.Model, means, classifier, how);
        var (search, report) = Parts(inputs, images);
        var result = settings.Against.Count > 0 ? AgainstCues(subject, settings, search, report)
            : AgainstWords(subject, settings, search, report);
        return (inputs.With(report), result, means);
    }

    /// <summary>The images to search on and those to report on: others where some are given, else two halves.</summary>
    private static (MeasuredImages Search, MeasuredImages Report) Parts(EditInputs inputs, MeasuredImages images)
    {
        if (inputs.ReportImages is { } others) return (images, others);
        var (own, rest) = SearchSplit.Halves(images.Entries.Count, inputs.Settings.Search.Seed);
        return (images.Only(own), images.Only(rest));
    }

    /// <summary>The labelled images, which a search and an attack need.</summary>
    public static MeasuredImages Labelled(EditInputs inputs) => inputs.Images is { Labels: not null } images ? images
        : throw new SettingException(nameof(EditSettings.Images), "This needs labelled images; give some with their classes.");

    private static EditResult AgainstWords(SearchedModel subject, EditSettings settings, MeasuredImages search, MeasuredImages report)
    {
        using var defence = new TypographicDefence(subject, search, Attack(search, settings.Search.Seed), FirstMean(settings));
        var (found, attention) = defence.Search(settings.Search, settings.Mean is not null);
        Check(found, "No neuron or head was found without which the written words fool less");
        using var rest = new TypographicDefence(subject, report, Attack(report, settings.Search.Seed + 1), found.Mean);
        return new() { Search = found, Baselines = TypographicDefence.Baselines(found, attention, rest, settings.Search.Seed) };
    }

    private static EditResult AgainstCues(SearchedModel subject, EditSettings settings, MeasuredImages search, MeasuredImages report)
    {
        var found = settings.Search.IsFitted ? Fitted(subject, settings, search) : Sought(subject, settings, search);
        Check(found, "No neuron or head was found without which the cues mislead less");
        using var rest = new CueSuppression(subject, report, settings.Against, FirstMean(settings));
        if (settings.Search.IsFitted) rest.ExchangeScenes(ScenesOfAnObject, settings.Search.Seed + 5);
        return new()
        {
            Search = found,
            Scenes = rest.MeasureScenes(found, new(settings.Resamples, settings.Seed)),
            Baselines = rest.Baselines(found, settings.Search.Seed),
        };
    }

    private static SearchResult Sought(SearchedModel subject, EditSettings settings, MeasuredImages search)
    {
        using var suppression = new CueSuppression(subject, search, settings.Against, FirstMean(settings));
        return suppression.Search(settings.Search, settings.Mean is not null);
    }

    private static SearchResult Fitted(SearchedModel subject, EditSettings settings, MeasuredImages search)
    {
        using var fit = new CueFit(subject, search, settings.Against, FirstMean(settings), settings.Search.Seed);
        return fit.Run(settings.Search);
    }

    /// <summary>The mean to search with.</summary>
    private static EditMean FirstMean(EditSettings settings) => settings.Mean ?? EditMean.ClassToken;

    /// <summary>The attack on images, by a seed.</summary>
    public static TypographicAttack Attack(MeasuredImages images, ulong seed) => new(images.Labels!, images.Classes!, seed);

    private static void Check(SearchResult found, string what)
    {
        if (found.Changes.Count == 0) throw new ClipLensException($"{what} at a loss within the bound, so nothing was written; allow a "
            + "larger loss, or give more images.");
    }
}
