using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>
/// The three kinds of effect of a layer side by side (paper, Table 1): accuracy when all its neurons are replaced by their means, and how
/// concentrated the effects of some neurons are on some images of the run's dataset, drawn at random.
/// </summary>
public static class ComparisonStudy
{
    private const int LeastTop = 20;

    /// <summary>Compares the kinds of effect, layer by layer.</summary>
    /// <param name="inputs">The run and labelled images.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="progress">How far the present stage is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ClipLensException">The run lacks a layer, there are more top images than images, or no image can be
    /// read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ComparisonResult Run(StudyInputs inputs, ComparisonSettings settings, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        var work = new WorkOptions { Workers = inputs.Workers, Progress = progress, Cancellation = cancellation };
        var compared = inputs.Run.Resolve(settings.Layers).Select(layer => Compare(inputs, settings, layer, work)).ToList();
        return new(compared[0].Images, [.. compared.Select(own => own.Layer)]);
    }

    private static (int Images, LayerComparison Layer) Compare(StudyInputs inputs, ComparisonSettings settings, int layer,
        WorkOptions work)
    {
        using var scope = NewDisposeScope();
        var (tower, run) = (inputs.Model.Image, inputs.Run);
        var own = run.Neurons(layer);
        int[] readable = [.. run.Images.Where(image => image.Error is null).Select(image => image.Index)];
        var random = new SeededRandom(settings.Seed);
        int[] neurons = random.Choose(own.Count, settings.Neurons);
        int[] images = [.. random.Choose(readable.Length, settings.Sample).Select(place => readable[place])];
        int top = settings.Top ?? Math.Min(images.Length,
            Math.Max(LeastTop, (int)Math.Round((double)own.Top / readable.Length * images.Length)));
        ComparisonSettings.CheckTop(top, images.Length);
        using var dataset = RunImages.Open(run, inputs.Model, readable);
        using var means = ActivationMeans.Measure(tower, dataset, layer, work);
        using var chosen = RunImages.Open(run, inputs.Model, images);
        var effects = NeuronEffects.Measure(tower, chosen, layer, neurons, means, work);
        var concentration = effects.ToDictionary(pair => pair.Key, pair => EffectConcentration.Measure(pair.Value, top));
        foreach (var tensor in effects.Values) tensor.Dispose();

        var ablation = LayerAblation.Run(tower, inputs.Reader, inputs.Images.Labels, inputs.Classifier.Weights,
            [new(own, [new("first", own.DirectionTensor())])], new(), work);
        var others = MeanAblation.Run(tower, inputs.Reader, inputs.Images.Labels, inputs.Classifier.Weights, layer, means, work);
        var scores = Enum.GetValues<EffectKind>().ToDictionary(kind => kind.ToString(),
            kind => others.TryGetValue(kind, out var found) ? found : ablation.Layers[0].Scores[AblationNames.WithoutAll]);
        using var joined = ablation with { Layers = [ablation.Layers[0] with { Scores = scores }] };
        var figures = AblationSummary.Summarise(joined, settings.Resamples, settings.Seed)[0];
        return (ablation.Indices.Count, new(layer, neurons, images.Length, top, figures[AblationNames.Baseline],
            [.. concentration.Select(pair => new KindFigures(pair.Key, figures[pair.Key.ToString()], pair.Value))]));
    }
}
