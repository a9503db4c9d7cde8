using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies;

/// <summary>A run with its model, labelled images and a zero-shot classifier of their classes: what the studies of a run are made
/// on.</summary>
public sealed class StudyInputs : IDisposable
{
    private readonly bool ownsModel;

    private StudyInputs(RunDirectory run, ClipModel model, bool ownsModel, LabelledImages images, ZeroShotClassifier classifier,
        int? workers)
    {
        (Run, Model, this.ownsModel, Images, Classifier, Workers) = (run, model, ownsModel, images, classifier, workers);
        Reader = new ImageBatchReader(model.Preprocessor, images.Entries, run.Manifest.Settings.ApplyOrientation);
    }

    /// <summary>The run.</summary>
    public RunDirectory Run { get; }

    /// <summary>Its model.</summary>
    public ClipModel Model { get; }

    /// <summary>The labelled images.</summary>
    public LabelledImages Images { get; }

    /// <summary>The classifier of their classes; goes with the inputs.</summary>
    public ZeroShotClassifier Classifier { get; }

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; }

    internal ImageBatchReader Reader { get; }

    /// <summary>Reads and checks everything that the settings name, the small files first, and embeds the classes.</summary>
    /// <param name="settings">The run and the images.</param>
    /// <param name="progress">Texts embedded.</param>
    /// <param name="cancellation">Stops between batches of texts.</param>
    /// <returns>The inputs; the caller owns them, and with them the model and the classifier.</returns>
    /// <exception cref="ClipLensException">Something is missing, damaged or does not fit.</exception>
    public static StudyInputs Open(StudySettings settings, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var run = RunDirectory.Open(settings.Run, settings.RunImages);
        var templates = settings.Templates is { } file ? PromptTemplates.Read(file) : null;
        var (classes, images) = LabelledPictures.Read(settings.Images, settings.Labels, settings.Classes);
        var model = run.LoadModel(run.FetchModel(settings.Model, progress, cancellation), settings.Placement);
        try
        {
            return new(run, model, ownsModel: true, images, Classify(model, classes, templates, settings.Workers, progress, cancellation),
                settings.Workers);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Puts inputs together that are at hand already, and embeds the classes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Its model; remains the caller's.</param>
    /// <param name="images">The labelled images.</param>
    /// <param name="classes">The names of their classes, C of them.</param>
    /// <param name="templates">Sentences around a class name, with {} for the name; a short set of our own if null.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="progress">Texts embedded.</param>
    /// <param name="cancellation">Stops between batches of texts.</param>
    /// <returns>The inputs; the caller owns them.</returns>
    /// <exception cref="ClipLensException">There is no class, or a template lacks {}.</exception>
    public static StudyInputs Create(RunDirectory run, ClipModel model, LabelledImages images, IReadOnlyList<string> classes,
        IReadOnlyList<string>? templates = null, int? workers = null, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(classes);
        return new(run, model, ownsModel: false, images, Classify(model, classes, templates, workers, progress, cancellation), workers);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Reader.Dispose();
        Classifier.Dispose();
        if (ownsModel) Model.Dispose();
    }

    private static ZeroShotClassifier Classify(ClipModel model, IReadOnlyList<string> classes, IReadOnlyList<string>? templates,
        int? workers, IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
        ZeroShotClassifier.Create(model, classes, templates,
            new StageProgress(progress, "Embedding the classes", classes.Count * (templates ?? PromptTemplates.Default).Count), workers,
            cancellation);
}
