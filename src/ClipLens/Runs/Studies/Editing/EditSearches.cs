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
        var mean = settings.Mean ?? EditMean.ClassToken;
        var (search, report) = Parts(inputs, images);
        var result = settings.Against.Count > 0
            ? AgainstCues(inputs, search, report, classifier, means, mean, how)
            : AgainstWords(inputs, search, report, classifier, means, mean, how);
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

    private static EditResult AgainstWords(EditInputs inputs, MeasuredImages search, MeasuredImages report, ZeroShotClassifier classifier,
        UnitMeans means, EditMean mean, WorkOptions how)
    {
        var settings = inputs.Settings;
        using var defence = new TypographicDefence(inputs.Path, inputs.Model, means, classifier, search,
            Attack(search, settings.Search.Seed),
            mean, how);
        var (found, attention) = defence.Search(settings.Search, settings.Mean is not null);
        Check(found, "No neuron or head was found without which the written words fool less");
        using var rest = new TypographicDefence(inputs.Path, inputs.Model, means, classifier, report,
            Attack(report, settings.Search.Seed + 1), found.Mean, how);
        return new() { Search = found, Baselines = TypographicDefence.Baselines(found, attention, rest, settings.Search.Seed) };
    }

    private static EditResult AgainstCues(EditInputs inputs, MeasuredImages search, MeasuredImages report, ZeroShotClassifier classifier,
        UnitMeans means, EditMean mean, WorkOptions how)
    {
        var settings = inputs.Settings;
        var found = settings.Search.IsFitted ? Fitted(inputs, search, classifier, means, mean, how)
            : Sought(inputs, search, classifier, means, mean, how);
        Check(found, "No neuron or head was found without which the cues mislead less");
        using var rest = new CueSuppression(inputs.Path, inputs.Model, means, classifier, report, settings.Against, mean, how);
        if (settings.Search.IsFitted) rest.ExchangeScenes(ScenesOfAnObject, settings.Search.Seed + 5);
        return new()
        {
            Search = found,
            Scenes = rest.MeasureScenes(found, settings.Resamples, settings.Seed),
            Baselines = rest.Baselines(found, settings.Search.Seed),
        };
    }

    private static SearchResult Sought(EditInputs inputs, MeasuredImages search, ZeroShotClassifier classifier, UnitMeans means,
        EditMean mean, WorkOptions how)
    {
        using var suppression = new CueSuppression(inputs.Path, inputs.Model, means, classifier, search, inputs.Settings.Against, mean,
            how);
        return suppression.Search(inputs.Settings.Search, inputs.Settings.Mean is not null);
    }

    private static SearchResult Fitted(EditInputs inputs, MeasuredImages search, ZeroShotClassifier classifier, UnitMeans means,
        EditMean mean, WorkOptions how)
    {
        var settings = inputs.Settings;
        using var fit = new CueFit(inputs.Path, inputs.Model, means, classifier, search, settings.Against, mean, settings.Search.Seed, how);
        return fit.Run(settings.Search);
    }

    /// <summary>The attack on images, by a seed.</summary>
    public static TypographicAttack Attack(MeasuredImages images, ulong seed) => new(images.Labels!, images.Classes!, seed);

    private static void Check(SearchResult found, string what)
    {
        if (found.Changes.Count == 0) throw new ClipLensException($"{what} at a loss within the bound, so nothing was written; allow a "
            + "larger loss, or give more images.");
    }
}
