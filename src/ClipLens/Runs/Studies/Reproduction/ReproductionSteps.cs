using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Ablation;

namespace ClipLens.Runs.Studies.Reproduction;

/// <summary>The steps of a reproduction, each of which leaves a file and is skipped when its file is there and of the same
/// inputs.</summary>
internal sealed class ReproductionSteps(ReproductionSettings settings, IProgress<WorkProgress>? progress, CancellationToken cancellation)
{
    public ReproductionFiles Run()
    {
        MakeFolder();
        var templates = settings.Templates is { } file ? PromptTemplates.Read(file) : null;
        var (classes, images) = ReproductionImages.Validation(settings);
        var validation = new LabelledSet(classes, images, templates);
        var rendition = ReproductionImages.Rendition(settings, classes) is { } other
            ? new LabelledSet(other.Classes, other.Images, templates) : null;
        var notes = new List<string>();
        var run = Analyze(notes);
        notes.AddRange(images.Notes);
        if (rendition is not null) notes.AddRange(rendition.Images.Notes);

        // Loaded when the first step needs it.
        var model = new Lazy<ClipModel>(() => run.LoadModel(settings.Model, settings.Placement));
        try
        {
            var ablation = Step("ablation.json", Describe(run, validation), path => Ablate(path, run, model.Value, validation));
            var comparison = !run.Layers.Contains(settings.Layer) ? null : Step("compare.json",
                [.. Describe(run, validation), Text(settings.Layer), Text(settings.Neurons), Text(settings.Sample)],
                path => Compare(path, run, model.Value, validation));
            var renditions = rendition is null ? null : Step("imagenet-r.json", Describe(run, rendition), path =>
                Ablate(path, run, model.Value, rendition));
            return new(run, ablation, comparison, renditions) { Notes = [.. notes.Distinct()] };
        }
        finally
        {
            if (model.IsValueCreated) model.Value.Dispose();
        }
    }

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(settings.Output);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotWrite(settings.Output, error);
        }
    }

    private RunDirectory Analyze(List<string> notes)
    {
        string list = settings.File("dataset.txt");
        var (training, leftOut) = ReproductionImages.Training(settings);
        if (leftOut is not null) notes.Add(leftOut);
        string text = string.Concat(training.Select(entry => Path.GetFullPath(entry.Path) + "\n"));
        if (!File.Exists(list) || File.ReadAllText(list) != text) AtomicFile.Write(list, Encoding.UTF8.GetBytes(text));
        return Analysis.Run(new()
        {
            Model = settings.Model,
            Images = list,
            Output = settings.File("run"),
            TextFiles = settings.TextFiles,
            Layers = settings.Layers,
            Top = settings.Top,
            Sizes = settings.Sizes,
            Workers = settings.Workers,
            Placement = settings.Placement,
        }, progress, cancellation).Run;
    }

    private void Ablate(string path, RunDirectory run, ClipModel model, LabelledSet set)
    {
        using var inputs = StudyInputs.Create(run, model, set.Images, set.Classes, set.Templates, settings.Workers, progress, cancellation);
        AblationStudy.Run(inputs, new() { Layers = settings.Layers, Sizes = settings.Sizes, IsJoint = true }, progress, cancellation)
            .Write(path);
    }

    private void Compare(string path, RunDirectory run, ClipModel model, LabelledSet set)
    {
        using var inputs = StudyInputs.Create(run, model, set.Images, set.Classes, set.Templates, settings.Workers, progress, cancellation);
        ComparisonStudy.Run(inputs, new()
        {
            Layers = LayerSelection.FromLayers(settings.Layer),
            Neurons = settings.Neurons,
            Sample = settings.Sample,
        }, progress, cancellation).Write(path);
    }

    /// <summary>Does a step unless its file is there and of the same inputs, and reads the file.</summary>
    private JsonObject Step(string name, IEnumerable<string> inputs, Action<string> work)
    {
        string path = settings.File(name), mark = Path.ChangeExtension(path, ".inputs"), fingerprint = ImageTable.Fingerprint(inputs);
        if (!File.Exists(path) || !File.Exists(mark) || File.ReadAllText(mark) != fingerprint)
        {
            File.Delete(mark);
            var clock = Stopwatch.StartNew();
            work(path);
            var made = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            made["seconds"] = Math.Round(clock.Elapsed.TotalSeconds, 1);
            JsonFile.Write(path, made);
            AtomicFile.Write(mark, Encoding.UTF8.GetBytes(fingerprint));
        }
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path), null, JsonFile.Strict)?.AsObject() ?? throw new JsonException();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ClipLensException($"{path} is damaged; delete it and do the same again.", error);
        }
    }

    private IEnumerable<string> Describe(RunDirectory run, LabelledSet set) =>
    [
        run.Manifest.Model.Sha256, run.Manifest.Images.Sha256 ?? "", run.Manifest.Settings.Top, .. run.Pools.Select(pool => pool.Sha256),
        settings.Layers.Text, .. settings.Sizes.Select(Text), "images", .. set.Images.Entries.Select(entry => entry.Path),
        .. set.Images.Labels.Select(Text), "classes", .. set.Classes, "templates", .. set.Templates ?? PromptTemplates.Default,
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record LabelledSet(IReadOnlyList<string> Classes, LabelledImages Images, IReadOnlyList<string>? Templates);
}

/// <summary>The figures, as the steps' files have them.</summary>
/// <param name="Run">The run.</param>
/// <param name="Ablation">Ablations on the validation images.</param>
/// <param name="Comparison">The kinds of effect; null where the layer is not among the run's.</param>
/// <param name="Rendition">Ablations on ImageNet-R; null without it.</param>
internal sealed record ReproductionFiles(RunDirectory Run, JsonObject Ablation, JsonObject? Comparison, JsonObject? Rendition)
{
    /// <summary>What is doubtful about the images and classes, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
