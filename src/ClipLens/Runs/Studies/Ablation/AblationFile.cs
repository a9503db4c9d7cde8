using System.Text.Json.Nodes;
using ClipLens.Ablation;
using ClipLens.Files;
using ClipLens.Runs.Studies.Truth;
using static ClipLens.Files.JsonFile;
using static ClipLens.Runs.Studies.StudyJson;

namespace ClipLens.Runs.Studies.Ablation;

/// <summary>The figures of an ablation study as JSON.</summary>
internal static class AblationFile
{
    public static void Write(string path, AblationResult result)
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
            ["images"] = result.Images,
            ["unreadable"] = result.Failures.Count,
            ["unlabelled"] = result.Unlabelled,
            ["classes"] = result.Classes,
            ["run"] = Path.GetFullPath(result.Run.Path),
            ["pool"] = result.Pool,
            ["layers"] = layers,
        };
        if (joint is not null) root["joint"] = joint;
        JsonFile.Write(path, root);
    }

    private static JsonObject Subject(SubjectFigures subject, AblationResult result)
    {
        var own = new JsonObject();
        string[] single = [AblationNames.Baseline, .. AblationNames.Fixed, AblationNames.FirstComponent];
        foreach (string name in single) own[name] = Number(subject[name].Top1);
        own["sparse_text"] = Sizes(subject, result, AblationNames.SparseText);
        if (result.Sizes.Count > 0 && subject.Figures.Any(figures => figures.Name == AblationNames.SparseTextReleased(result.Sizes[0])))
            own["sparse_text_released"] = Sizes(subject, result, AblationNames.SparseTextReleased);
        if (subject.Layer is int layer) AddNeurons(own, layer, result);
        own["figures"] = new JsonObject(subject.Figures.Select(figures => KeyValuePair.Create(figures.Name, (JsonNode?)Figures(figures))));
        return own;
    }

    private static JsonObject Sizes(SubjectFigures subject, AblationResult result, Func<int, string> name) =>
        new(result.Sizes.Select(size => KeyValuePair.Create($"{size}", Number(subject[name(size)].Top1))));

    private static void AddNeurons(JsonObject own, int layer, AblationResult result)
    {
        var activity = result.Activities.First(activity => activity.Layer == layer);
        own["significant_share_percent"] = Number(activity.SignificantPercent);
        own["explained_percent"] =
            new JsonObject(activity.Explained.Select(share => KeyValuePair.Create(share.Name, Number(share.Percent))));
        own["explained_on_significant_percent"] =
            new JsonObject(activity.Explained.Select(share => KeyValuePair.Create(share.Name, Number(share.SignificantPercent))));
        var truths = result.Truths.Where(truth => truth.Layer == layer).ToList();
        if (truths.Count > 0) own["descriptions"] =
            new JsonObject(truths.Select(truth => KeyValuePair.Create($"{truth.Size}", (JsonNode?)Descriptions(truth))));
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
