using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>
/// The three kinds of effect of a block side by side (paper, Table 1): accuracy when all its neurons are replaced by their means, and how
/// concentrated the effects of some neurons are on some images of the run's dataset, drawn at random.
/// </summary>
internal sealed class ComparisonJob(EvaluationInputs inputs, int layer)
{
    private const int LeastTop = 20;

    public int Neurons { get; init; } = 64;
    public int Images { get; init; } = 300;

    /// <summary>Top images of a neuron; if null the run's share of them, but enough to tell directions apart.</summary>
    public int? Top { get; init; }
    public ulong Seed { get; init; }
    public int Resamples { get; init; } = 2000;

    public Result Run(IProgress<WorkProgress> progress, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var tower = inputs.Model.Image;
        var run = inputs.Run;
        var own = run.Neurons(layer);
        int[] readable = [.. run.Images.Where(image => image.Error is null).Select(image => image.Index)];
        var random = new SeededRandom(Seed);
        int[] neurons = random.Choose(own.Count, Neurons), images = [.. random.Choose(readable.Length, Images).Select(place => readable[place])];
        int top = Top ?? Math.Min(images.Length, Math.Max(LeastTop, (int)Math.Round((double)own.Top / readable.Length * images.Length)));
        CheckTop(top, images.Length);
        var options = new WorkOptions { Workers = inputs.Workers, Progress = progress, Cancellation = stop };
        using var dataset = Reader(readable);
        using var means = ActivationMeans.Measure(tower, dataset, layer, options);
        using var chosen = Reader(images);
        var effects = NeuronEffects.Measure(tower, chosen, layer, neurons, means, options);
        var concentration = effects.ToDictionary(pair => pair.Key, pair => EffectConcentration.Measure(pair.Value, top));
        foreach (var tensor in effects.Values) tensor.Dispose();

        var ablation = LayerAblation.Run(tower, inputs.Reader, inputs.Images.Labels, inputs.Classifier.Weights, [new(own, [new("first", own.DirectionTensor())])],
            new() { Workers = inputs.Workers }, progress, stop);
        var others = MeanAblation.Run(tower, inputs.Reader, inputs.Images.Labels, inputs.Classifier.Weights, layer, means, options);
        var kinds = Enum.GetValues<EffectKind>();
        var scores = kinds.ToDictionary(kind => kind.ToString(), kind => others.TryGetValue(kind, out var found) ? found : ablation.Layers[0].Scores[LayerAblation.WithoutAll]);
        using var joined = ablation with { Layers = [ablation.Layers[0] with { Scores = scores }] };
        var figures = AblationSummary.Summarise(joined, Resamples, Seed)[0];
        return new(layer, ablation.Indices.Count, neurons, images.Length, top, figures, concentration);
    }

    /// <summary>Refuses more top images than there are.</summary>
    public static void CheckTop(int? top, int images)
    {
        if (top > images)
            throw new ClipLensException($"{top} top images of a neuron were asked for, but effects are measured on {images} images; ask for fewer, or for a larger --sample.");
    }

    private ImageBatchReader Reader(IEnumerable<int> images) =>
        new(inputs.Model.Preprocessor, [.. images.Select(image => new ImageEntry(inputs.Run.Images[image].Path, inputs.Run.ImagePath(image)))],
            inputs.Run.Manifest.Settings.ApplyOrientation);

    /// <summary>What came out for a block.</summary>
    /// <param name="Layer">The block.</param>
    /// <param name="Labelled">Labelled images.</param>
    /// <param name="Neurons">The neurons whose effects were measured one by one.</param>
    /// <param name="Images">Images that they were measured on.</param>
    /// <param name="Top">Top images of a neuron among these.</param>
    /// <param name="Figures">Accuracies: the baseline, then by the kind's name.</param>
    /// <param name="Concentration">Concentration by kind.</param>
    public sealed record Result(int Layer, int Labelled, int[] Neurons, int Images, int Top, SubjectFigures Figures,
        IReadOnlyDictionary<EffectKind, EffectConcentration> Concentration)
    {
        public static string NameOf(EffectKind kind) => kind switch
        {
            EffectKind.FirstOrder => "first_order",
            EffectKind.SecondOrder => "second_order",
            _ => "indirect",
        };

        public JsonObject ToJson()
        {
            var own = new JsonObject
            {
                ["baseline"] = AblationJson.Number(Figures[AblationSummary.Baseline].Top1),
                ["neurons"] = Neurons.Length,
                ["images"] = Images,
                ["top"] = Top,
            };
            foreach (var (kind, measured) in Concentration)
            {
                var figures = Figures[kind.ToString()];
                own[NameOf(kind)] = new JsonObject
                {
                    ["accuracy"] = AblationJson.Number(figures.Top1),
                    ["accuracy_interval"] = AblationJson.Interval(figures.Top1Interval),
                    ["difference"] = AblationJson.Number(figures.Difference),
                    ["difference_interval"] = AblationJson.Interval(figures.DifferenceInterval),
                    ["cosine"] = AblationJson.Number(figures.Cosine, 6),
                    ["variance_explained_percent"] = AblationJson.Number(100 * measured.Explained.Average()),
                    ["variance_explained"] = AblationJson.Distribution(measured.Explained.Select(share => (double)share)),
                    ["top_share"] = AblationJson.Distribution(measured.TopShare.Select(share => (double)share)),
                    ["mean_norm"] = AblationJson.Distribution(measured.MeanNorm.Select(norm => (double)norm)),
                };
            }
            return own;
        }

        public void WriteTable(Terminal terminal)
        {
            terminal.WriteLine($"Layer {Layer}: {Words.Count(Labelled, "labelled image")}; effects of {Words.Count(Neurons.Length, "neuron")} one by one on "
                + $"{Words.Count(Images, "image")} of the run, top {Top}");
            var table = new ResultTable("Effect", ">Accuracy without", ">Difference", ">95 % interval", ">Explained by first component", ">On top images", ">Mean size");
            table.Add("none replaced", $"{Figures[AblationSummary.Baseline].Top1:0.0}", "", "", "", "", "");
            foreach (var (kind, measured) in Concentration)
            {
                var own = Figures[kind.ToString()];
                table.Add(NameOf(kind).Replace('_', '-'), $"{own.Top1:0.0}", $"{own.Difference:+0.0;-0.0;0.0}", $"{own.DifferenceInterval.Low:0.0} to {own.DifferenceInterval.High:0.0}",
                    Words.Percent(measured.Explained.Average()), Words.Percent(measured.TopShare.Average()), $"{measured.MeanNorm.Average():0.000}");
            }
            terminal.Write(table);
        }
    }
}
