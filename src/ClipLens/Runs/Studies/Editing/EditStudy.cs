using ClipLens.Compute;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Typography;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>Edits a model: what neurons and heads do is turned down or up in its weights, and what that did is measured.</summary>
public static class EditStudy
{
    /// <summary>Edits what the settings name, or finds by their words, and writes the edited checkpoint.</summary>
    /// <param name="settings">What to edit, and what to measure it on.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops the work; nothing is left.</param>
    /// <exception cref="ClipLensException">An input is missing or damaged or does not fit; nothing is written.</exception>
    /// <exception cref="IOException">The disk failed or is full; nothing is left.</exception>
    public static EditResult Run(EditSettings settings, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Search.IsFitted && settings.Against.Count == 0)
            throw new SettingException(nameof(settings.Against), "Factors are fitted against cues; name the cues that are to count less.");
        NewFolder.RefuseTaken(settings.Output);
        using var inputs = EditInputs.Open(settings, progress, cancellation);
        var how = inputs.How(progress, cancellation);
        if (settings.IsAttacked || settings.IsDefended || settings.Against.Count > 0) EditSearches.Labelled(inputs);
        if (settings.IsDefended || settings.Against.Count > 0)
        {
            if (settings.Changes.Count + settings.Suppress.Count + settings.Amplify.Count > 0 || (settings.IsDefended
                && settings.Against.Count > 0))
                throw new ClipLensException("An edit is either looked for, against one thing, or named; ask for one of these.");
            var (rest, sought, all) = EditSearches.Run(inputs, how);
            return Write(rest, new(sought.Search!.Changes, sought.Search.Mean), all, sought with { Notes = inputs.Notes }, how);
        }
        var (changes, found) = Changes(inputs);
        new ModelEdit(changes, EditMean.None).Check(inputs.Model.Config.Vision);
        var means = Means(inputs, [.. changes.Select(change => change.Unit.Layer)], how);
        var (edit, trials) = Choose(inputs, changes, means, how);
        return Write(inputs, edit, means, new() { Found = found, Trials = trials, Notes = inputs.Notes }, how);
    }

    /// <summary>Writes the edited checkpoint and measures it before it gets its name.</summary>
    internal static EditResult Write(EditInputs inputs, ModelEdit edit, UnitMeans means, EditResult result, WorkOptions how)
    {
        var settings = inputs.Settings;
        EditEffect? effect = null;
        var record = CheckpointEditor.Write(inputs.Path, edit, means, settings.Output, path =>
        {
            using var edited = ClipModel.Load(path, settings.Placement);
            if (inputs.Images is { } images)
                effect = EditMeasurement.Compare(inputs.Model, edited, images, settings.Resamples, settings.Seed, how);
            result = result with { Effect = effect };
            if (inputs.Images is { Labels: not null } own) result = MoreEffects(inputs, own, edited, result, how);
            return EditFile.Json(result)?.ToJsonString();
        }, how.Cancellation);
        return result with { Record = record, LeftOut = CheckpointEditor.LeftOut(inputs.Path) };
    }

    /// <summary>What the edit did where words are written on the images, or cues are named.</summary>
    private static EditResult MoreEffects(EditInputs inputs, MeasuredImages images, ClipModel edited, EditResult result, WorkOptions how)
    {
        var settings = inputs.Settings;
        var draws = new BootstrapDraws(settings.Resamples, settings.Seed);
        using var classifier = ZeroShotClassifier.Create(inputs.Model, images.Classes!, images.Templates);
        if (settings.IsAttacked || settings.IsDefended)
        {
            var attack = EditSearches.Attack(images, settings.Search.Seed + 1);
            var attacked = AttackedImages.Read(inputs.Model, images, attack, how);
            result = result with
            {
                Attack = TypographicDefence.Measure(inputs.Model, edited.Image, classifier, attacked, draws, settings.Sheet, how),
            };
        }
        return settings.Against.Count == 0 ? result : result with
        {
            Cues = CueSuppression.Measure(inputs.Model, edited.Image, classifier, images, settings.Against, draws, how),
        };
    }

    internal static UnitMeans Means(EditInputs inputs, IReadOnlyCollection<int> layers, WorkOptions how)
    {
        if (inputs.MeanImages is not { } images) return UnitMeans.Zero(inputs.Model);
        using var reader = new ImageBatchReader(inputs.Model.Preprocessor, images, inputs.ApplyOrientation);
        return UnitMeans.Measure(inputs.Model, reader, layers, how);
    }

    /// <summary>The edit with the mean that was asked for, or else with the one that hurts less.</summary>
    internal static (ModelEdit Edit, IReadOnlyList<MeanTrial> Trials) Choose(EditInputs inputs, IReadOnlyList<UnitChange> changes,
        UnitMeans means, WorkOptions how)
    {
        if (inputs.Settings.Mean is { } asked) return (new(changes, asked), []);
        var images = inputs.Images ?? new() { Entries = inputs.MeanImages!, ApplyOrientation = inputs.ApplyOrientation };
        var trials = MeanTrial.Measure(inputs.Path, inputs.Model, changes, means, images, how);
        return (new(changes, trials[0].Mean), trials);
    }

    private static (IReadOnlyList<UnitChange> Changes, IReadOnlyList<FoundNeuron> Found) Changes(EditInputs inputs)
    {
        var settings = inputs.Settings;
        var found = new List<FoundNeuron>();
        foreach (var (texts, factor, name) in new[] { (settings.Suppress, settings.SuppressFactor, nameof(settings.Suppress)),
            (settings.Amplify, settings.AmplifyFactor, nameof(settings.Amplify)) })
        {
            if (texts.Count > 0 && inputs.Run is null)
                throw new SettingException(nameof(settings.Run), "Neurons are found by words in a run of the model; give one.");
            found.AddRange(texts.SelectMany(text => NeuronsByText.Find(inputs.Run!, inputs.Model, text, settings.Most)
                .Select(neuron => new FoundNeuron(text, factor, neuron))));
        }
        var byText = found.GroupBy(own => own.Neuron.Neuron).Select(group => new UnitChange(ModelUnit.FromNeuron(group.Key),
            group.First().Factor)).Where(change => settings.Changes.All(own => own.Unit != change.Unit));
        return ([.. settings.Changes, .. byText], found);
    }
}
