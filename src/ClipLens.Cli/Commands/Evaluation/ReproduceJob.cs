using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>The steps of <c>reproduce</c>, each of which leaves a file and is skipped when its file is there and of the same inputs.</summary>
internal sealed class ReproduceJob(ReproduceSettings settings)
{
    /// <summary>The figures, as the steps' files have them.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Ablation">Ablations on the validation images.</param>
    /// <param name="Comparison">The kinds of effect; null where the layer is not among the run's.</param>
    /// <param name="Rendition">Ablations on ImageNet-R; null without it.</param>
    public sealed record Result(RunDirectory Run, JsonObject Ablation, JsonObject? Comparison, JsonObject? Rendition);

    public Result Run(IProgress<WorkProgress> progress, CancellationToken stop)
    {
        Inputs.OutputFile(settings.File("report.json"));
        var (classes, validation) = ReproduceImages.Validation(settings);
        var rendition = ReproduceImages.Rendition(settings, classes);
        var templates = settings.Templates is { } file ? PromptTemplates.Read(file) : null;
        var run = Analyze(progress, stop);

        using var model = ClipModelOnce.Lazily(() => run.LoadModel(settings.Model));
        var ablation = Step("ablation.json", Describe(run, classes, validation, templates), path => Ablate(path, run, model, classes, validation, templates, progress, stop));
        var comparison = !run.Layers.Contains(settings.Layer) ? null : Step("compare.json",
            [.. Describe(run, classes, validation, templates), Text(settings.Layer), Text(settings.Neurons), Text(settings.Sample)],
            path => Compare(path, run, model, classes, validation, templates, progress, stop));
        var other = rendition is not { } r ? null : Step("imagenet-r.json", Describe(run, r.Classes, r.Images, templates),
            path => Ablate(path, run, model, r.Classes, r.Images, templates, progress, stop));
        return new(run, ablation, comparison, other);
    }

    private RunDirectory Analyze(IProgress<WorkProgress> progress, CancellationToken stop)
    {
        string list = settings.File("dataset.txt");
        string text = string.Concat(ReproduceImages.Training(settings).Select(entry => Path.GetFullPath(entry.Path) + "\n"));
        if (!File.Exists(list) || File.ReadAllText(list) != text) AtomicFile.Write(list, Encoding.UTF8.GetBytes(text));
        return Analysis.Run(new()
        {
            Model = settings.Model,
            Images = list,
            Output = settings.File("run"),
            TextFiles = settings.Texts,
            Layers = settings.Layers,
            Top = settings.Top,
            Sizes = settings.Sizes,
            Workers = settings.Workers,
        }, progress, stop).Run;
    }

    private void Ablate(string path, RunDirectory run, ClipModelOnce model, IReadOnlyList<string> classes, LabelledImages images,
        IReadOnlyList<string>? templates, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        using var inputs = Open(run, model, classes, images, templates, progress, stop);
        var layers = settings.Layers.Resolve(run.Manifest.Model.Blocks);
        using var result = new AblationJob(inputs, layers, inputs.Pool(null), settings.Sizes) { IsJoint = true }.Run(progress, stop);
        result.Write(path);
    }

    private void Compare(string path, RunDirectory run, ClipModelOnce model, IReadOnlyList<string> classes, LabelledImages images,
        IReadOnlyList<string>? templates, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        using var inputs = Open(run, model, classes, images, templates, progress, stop);
        var result = new ComparisonJob(inputs, settings.Layer) { Neurons = settings.Neurons, Images = settings.Sample }.Run(progress, stop);
        AblationJson.Save(path, CompareCommand.ToJson([result]));
    }

    private EvaluationInputs Open(RunDirectory run, ClipModelOnce model, IReadOnlyList<string> classes, LabelledImages images,
        IReadOnlyList<string>? templates, IProgress<WorkProgress> progress, CancellationToken stop) =>
        new(run, model.Value, images, EvaluationInputs.Classify(model.Value, classes, templates, settings.Workers, progress, stop), settings.Workers) { OwnsModel = false };

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
            AblationJson.Save(path, made);
            AtomicFile.Write(mark, Encoding.UTF8.GetBytes(fingerprint));
        }
        try
        {
            return JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        }
        catch (JsonException error)
        {
            throw new ClipLensException($"{path} is damaged; delete it and give the same command again.", error);
        }
    }

    private IEnumerable<string> Describe(RunDirectory run, IReadOnlyList<string> classes, LabelledImages images, IReadOnlyList<string>? templates) =>
    [
        run.Manifest.Model.Sha256, run.Manifest.Images.Sha256 ?? "", run.Manifest.Settings.Top, .. run.Pools.Select(pool => pool.Sha256),
        settings.Layers.Text, .. settings.Sizes.Select(Text), "images", .. images.Entries.Select(entry => entry.Path), .. images.Labels.Select(Text),
        "classes", .. classes, "templates", .. templates ?? PromptTemplates.Default,
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A model that is loaded when the first step needs it.</summary>
internal sealed class ClipModelOnce : IDisposable
{
    private readonly Lazy<ClipModel> model;

    private ClipModelOnce(Func<ClipModel> load) => model = new(load);

    public ClipModel Value => model.Value;

    public static ClipModelOnce Lazily(Func<ClipModel> load) => new(load);

    public void Dispose()
    {
        if (model.IsValueCreated) model.Value.Dispose();
    }
}
