using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Hub;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>What an edit works with: the model, a run of it, and images; all read and checked, the small files first.</summary>
internal sealed class EditInputs : IDisposable
{
    private EditInputs(EditSettings settings, RunDirectory? run, string path, ClipModel model, MeasuredImages? images,
        IReadOnlyList<ImageEntry>? meanImages) =>
        (Settings, Run, Path, Model, Images, MeanImages) = (settings, run, path, model, images, meanImages);

    public EditSettings Settings { get; }
    public RunDirectory? Run { get; }

    /// <summary>The checkpoint.</summary>
    public string Path { get; }
    public ClipModel Model { get; }

    /// <summary>What the edit is measured on; null for nothing.</summary>
    public MeasuredImages? Images { get; }

    /// <summary>What a search does not look at and its edit is reported on; null for half of <see cref="Images"/>.</summary>
    public MeasuredImages? ReportImages { get; private init; }

    /// <summary>What the means are taken over; null for nothing.</summary>
    public IReadOnlyList<ImageEntry>? MeanImages { get; }

    /// <summary>What is doubtful about the images, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    public bool ApplyOrientation => Run?.Manifest.Settings.ApplyOrientation ?? false;

    public static EditInputs Open(EditSettings settings, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        var run = settings.Run is null ? null : RunDirectory.Open(settings.Run);
        string path = run?.FetchModel(settings.Model, progress, cancellation)
            ?? (settings.Model is { } named ? ModelHub.Get(named, null, progress, cancellation).Path : null)
            ?? throw new SettingException(nameof(EditSettings.Model), "There is no model to edit; give a checkpoint or a run of one.");
        CheckpointEditor.Check(path, settings.Output);
        bool orientation = run?.Manifest.Settings.ApplyOrientation ?? false;
        var notes = new List<string>();
        var report = Report(settings, orientation, notes);
        // What is told of single images is told of those that are reported on.
        var images = Measured(report is null ? settings : settings with { Groups = null, Captions = null }, orientation, notes);
        IReadOnlyList<ImageEntry>? means = settings.MeanImages is { } own ? Found(own, notes)
            : run is not null ? RunImages.All(run) : images?.Entries;
        if (means is null && settings.Mean != EditMean.None)
            throw new SettingException(nameof(EditSettings.MeanImages),
                "What is taken out is replaced by its mean over images, and there are none; give some, or a run.");
        if (settings.Placement is { IsHalf: true }) throw new SettingException("Type", "What an edit does is measured in the numbers that "
            + "are written; take float32.");
        var model = run is null ? ClipModel.Load(path, settings.Placement) : run.LoadModel(path, settings.Placement);
        try
        {
            CheckArchitecture(path, model.Config.Vision);
            return new(settings, run, path, model, images, means) { ReportImages = report, Notes = [.. notes.Distinct()] };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Refuses towers in which a neuron's column or a head's is not all that it writes.</summary>
    private static void CheckArchitecture(string path, VisionConfig tower)
    {
        if (tower is not { Block: BlockKind.PreNorm, Pooling: VisionPooling.ClassToken, Rotary: null })
            throw new ClipLensException($"{path} cannot be edited: an edit is exact in image towers of CLIP's own kind, with a class token "
                + "and nothing between neurons or heads and the residual stream; give such a model.");
    }

    public WorkOptions How(IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
        new() { Workers = Settings.Workers, Progress = progress, Cancellation = cancellation };

    /// <summary>The same with other images to measure on; the model is shared, and disposed with these inputs.</summary>
    public EditInputs With(MeasuredImages images) => new(Settings, Run, Path, Model, images, MeanImages);

    public void Dispose() => Model.Dispose();

    private static MeasuredImages? Report(EditSettings settings, bool orientation, List<string> notes)
    {
        if (settings.ReportImages is null)
        {
            return settings.ReportLabels is null ? null : throw new SettingException(nameof(settings.ReportLabels),
                $"{settings.ReportLabels} tells something of images to report on, and there are none; give them.");
        }
        if (settings.Against.Count == 0 && !settings.IsDefended)
            throw new SettingException(nameof(settings.ReportImages), "Images to report on beside those that are searched on need a "
                + "search; look for an edit, or measure on the images themselves.");
        var report = Measured(settings with { Images = settings.ReportImages, Labels = settings.ReportLabels }, orientation, notes)!;
        return report.Labels is not null ? report : throw new SettingException(nameof(settings.ReportImages),
            "The images to report on need classes; give their labels.");
    }

    private static MeasuredImages? Measured(EditSettings settings, bool orientation, List<string> notes)
    {
        if (settings.Images is not { } place)
        {
            RefuseWithoutImages(settings);
            return null;
        }
        var images = settings.Labels is null && settings.Classes is null && !HasFolders(place)
            ? new() { Entries = Found(place, notes) } : Labelled(settings, place, notes);
        if (settings.Templates is not null && images.Labels is null)
            throw new SettingException(nameof(settings.Templates), "Sentences around class names need classes; give the images' labels.");
        if (settings.Groups is not null && images.Labels is null)
            throw new SettingException(nameof(settings.Groups), "The accuracy of groups needs the classes of the images; give their "
            + "labels.");
        return images with
        {
            ApplyOrientation = orientation,
            Templates = settings.Templates is { } file ? PromptTemplates.Read(file) : null,
            Groups = settings.Groups is { } groups ? ImageColumn.Read(groups, "group", images.Entries) : null,
            Captions = settings.Captions is { } captions ? ImageColumn.Read(captions, "caption", images.Entries) : null,
        };
    }

    private static void RefuseWithoutImages(EditSettings settings)
    {
        foreach (var (name, value) in new[] { (nameof(settings.Labels), settings.Labels), (nameof(settings.Groups), settings.Groups),
            (nameof(settings.Captions), settings.Captions), (nameof(settings.Classes), settings.Classes),
            (nameof(settings.Templates), settings.Templates) })
            if (value is not null) throw new SettingException(name, $"{value} tells something of images, and there are none; give them.");
    }

    private static MeasuredImages Labelled(EditSettings settings, string place, List<string> notes)
    {
        var (classes, labelled) = LabelledPictures.Read(place, settings.Labels, settings.Classes);
        notes.AddRange(labelled.Notes);
        return new() { Entries = labelled.Entries, Labels = labelled.Labels, Classes = classes };
    }

    private static ImageSet Found(string place, List<string> notes)
    {
        var images = ImageList.Find(place);
        if (images.LeftOutSentence is { } leftOut) notes.Add(leftOut);
        return images;
    }

    private static bool HasFolders(string images) => Directory.Exists(images) && Directory.GetDirectories(images).Length > 0;
}
