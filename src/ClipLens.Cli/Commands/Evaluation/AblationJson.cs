using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Files;
using ClipLens.Statistics;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>The file that <c>ablate</c> writes.</summary>
internal static class AblationJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Write(string path, AblationJob.Result result)
    {
        var layers = new JsonObject();
        JsonObject? joint = null;
        foreach (var subject in result.Figures)
        {
            var own = Subject(subject, result);
            if (subject.Layer is int layer) layers[$"{layer}"] = own;
            else joint = own;
        }
        var root = new JsonObject
        {
            ["images"] = result.Outcome.Indices.Count,
            ["unreadable"] = result.Outcome.Failures.Count,
            ["unlabelled"] = result.Inputs.Images.Unlabelled,
            ["classes"] = result.Inputs.Classifier.Classes.Count,
            ["run"] = Path.GetFullPath(result.Inputs.Run.Path),
            ["pool"] = result.Pool,
            ["layers"] = layers,
        };
        if (joint is not null) root["joint"] = joint;
        Save(path, root);
    }

    /// <summary>Writes an object, whole or not at all.</summary>
    public static void Save(string path, JsonObject root) => AtomicFile.Write(path, [.. JsonSerializer.SerializeToUtf8Bytes(root, Indented), (byte)'\n']);

    /// <summary>A number of so many digits; null for NaN, which JSON has not.</summary>
    public static JsonNode? Number(double value, int digits = 4) => double.IsFinite(value) ? JsonValue.Create(Math.Round(value, digits)) : null;

    public static JsonArray Interval(Interval interval) => [Number(interval.Low), Number(interval.High)];

    /// <summary>A distribution; null of no values.</summary>
    public static JsonObject? Distribution(IEnumerable<double> values) => Quantiles.Describe(values) is not { } own ? null : new()
    {
        ["count"] = own.Count,
        ["mean"] = Number(own.Mean),
        ["q10"] = Number(own.Tenth),
        ["q25"] = Number(own.Quarter),
        ["median"] = Number(own.Median),
        ["q75"] = Number(own.ThreeQuarters),
        ["q90"] = Number(own.Ninetieth),
    };

    private static JsonObject Subject(SubjectFigures subject, AblationJob.Result result)
    {
        var own = new JsonObject();
        string[] single = [AblationSummary.Baseline, .. LayerAblation.Fixed, AblationJob.FirstComponent];
        foreach (string name in single) own[name] = Number(subject[name].Top1);
        own["sparse_text"] = Sizes(subject, result, AblationJob.Sparse);
        if (result.Sizes.Count > 0 && subject.Figures.Any(figures => figures.Name == AblationJob.Released(result.Sizes[0])))
            own["sparse_text_released"] = Sizes(subject, result, AblationJob.Released);
        if (subject.Layer is int layer) AddNeurons(own, layer, result);
        own["figures"] = new JsonObject(subject.Figures.Select(figures => KeyValuePair.Create(figures.Name, (JsonNode?)Figures(figures))));
        return own;
    }

    private static JsonObject Sizes(SubjectFigures subject, AblationJob.Result result, Func<int, string> name) =>
        new(result.Sizes.Select(size => KeyValuePair.Create($"{size}", Number(subject[name(size)].Top1))));

    private static void AddNeurons(JsonObject own, int layer, AblationJob.Result result)
    {
        var outcome = result.Outcome.Layers.First(outcome => outcome.Layer == layer);
        own["significant_share_percent"] = Number(AblationSummary.SignificantShare(result.Outcome, outcome));
        own["explained_percent"] = new JsonObject(outcome.Neurons.Sets.Select((name, i) =>
            KeyValuePair.Create(name, Number(100 * outcome.Neurons.Explained(i, onSignificant: false)))));
        own["explained_on_significant_percent"] = new JsonObject(outcome.Neurons.Sets.Select((name, i) =>
            KeyValuePair.Create(name, Number(100 * outcome.Neurons.Explained(i, onSignificant: true)))));
        var truths = result.Truths.Where(truth => truth.Layer == layer).ToList();
        if (truths.Count > 0) own["descriptions"] = new JsonObject(truths.Select(truth => KeyValuePair.Create($"{truth.Size}", (JsonNode?)Descriptions(truth))));
    }

    private static JsonObject Descriptions(LayerTruth truth) => new()
    {
        ["auroc"] = Distribution(truth.Neurons.Select(neuron => neuron.Description)),
        ["auroc_random"] = Distribution(truth.Neurons.Select(neuron => neuron.Random)),
        ["auroc_direction"] = Distribution(truth.Neurons.Select(neuron => neuron.Direction)),
        ["auroc_first_text"] = Distribution(truth.Texts.Where(text => text.Rank == 0).Select(text => text.Similarity)),
        ["auroc_single_text"] = Distribution(truth.Texts.Select(text => text.Similarity)),
        ["auroc_single_text_random"] = Distribution(truth.Texts.Select(text => text.Random)),
        ["concepts"] = Distribution(truth.Effective),
    };

    private static JsonObject Figures(AblationFigures figures) => new()
    {
        ["top1"] = Number(figures.Top1),
        ["top1_interval"] = Interval(figures.Top1Interval),
        ["difference"] = Number(figures.Difference),
        ["difference_interval"] = Interval(figures.DifferenceInterval),
        ["top5"] = Number(figures.Top5),
        ["changed_percent"] = Number(figures.Changed),
        ["cosine"] = Number(figures.Cosine, 6),
    };
}
