using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>A run with its model, labelled images and a zero-shot classifier, ready to be evaluated.</summary>
internal sealed class EvaluationInputs : IDisposable
{
    /// <summary>Puts inputs together; the classifier belongs to them from then on, and the model unless said otherwise.</summary>
    public EvaluationInputs(RunDirectory run, ClipModel model, LabelledImages images, ZeroShotClassifier classifier, int? workers)
    {
        (Run, Model, Images, Classifier, Workers) = (run, model, images, classifier, workers);
        Reader = new ImageBatchReader(model.Preprocessor, images.Entries, run.Manifest.Settings.ApplyOrientation);
    }

    public RunDirectory Run { get; }
    public ClipModel Model { get; }
    public LabelledImages Images { get; }
    public ZeroShotClassifier Classifier { get; }
    public ImageBatchReader Reader { get; }
    public int? Workers { get; }

    /// <summary>Whether the model goes with the inputs.</summary>
    public bool OwnsModel { get; init; } = true;

    /// <summary>Reads and checks everything that the options name, the small files first, and embeds the classes.</summary>
    public static EvaluationInputs Open(Invocation call, EvaluationOptions options, IProgress<WorkProgress> progress)
    {
        var run = RunDirectory.Open(call.Get(options.Run));
        var templates = call.Find(options.Templates) is { } file ? PromptTemplates.Read(file) : null;
        var (classes, images) = LabelledPictures.Read(call.Get(options.Images), call.Find(options.Labels), call.Find(options.Classes));
        foreach (string note in images.Notes) call.Terminal.Note(note);
        var model = run.LoadModel(call.Find(options.Model));
        try
        {
            return new(run, model, images, Classify(model, classes, templates, progress, call.Stop), call.Find(options.Workers));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The classifier of some classes, with progress.</summary>
    public static ZeroShotClassifier Classify(ClipModel model, IReadOnlyList<string> classes, IReadOnlyList<string>? templates, IProgress<WorkProgress> progress,
        CancellationToken stop) => ZeroShotClassifier.Create(model, classes, templates,
            new Stage(progress, "Embedding the classes", classes.Count * (templates ?? PromptTemplates.Default).Count), stop);

    /// <summary>The blocks that a selection means, of those that the run has; all of the run's for 'all'.</summary>
    public IReadOnlyList<int> Layers(string selection)
    {
        var parsed = LayerSelection.Parse(selection);
        if (parsed == LayerSelection.All) return Run.Layers;
        var layers = parsed.Resolve(Run.Manifest.Model.Blocks);
        foreach (int layer in layers) Run.Neurons(layer);
        return layers;
    }

    /// <summary>The text pool of a name, the run's first without one; null if the run has none and none was asked for.</summary>
    public string? Pool(string? name) => name ?? (Run.Pools.Count > 0 ? Run.Pools[0].Name : null);

    public void Dispose()
    {
        Reader.Dispose();
        Classifier.Dispose();
        if (OwnsModel) Model.Dispose();
    }
}
