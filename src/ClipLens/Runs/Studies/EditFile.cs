using System.Text.Json.Nodes;
using ClipLens.Editing;
using static ClipLens.Files.JsonFile;

namespace ClipLens.Runs.Studies;

/// <summary>What an edit did, as JSON: the part <c>measured</c> of the record beside the edited weights.</summary>
internal static class EditFile
{
    /// <summary>What was measured; null where nothing was.</summary>
    public static JsonObject? Json(EditResult result)
    {
        var root = new JsonObject();
        if (result.Found.Count > 0) root["found"] = new JsonArray([.. result.Found.Select(own => new JsonObject
        {
            ["neuron"] = own.Neuron.Neuron.ToString(),
            ["text"] = own.Text,
            ["factor"] = own.Factor,
            ["acts_on"] = own.Neuron.ActsOn is { } acts ? Number(acts) : null,
            ["writes"] = Number(own.Neuron.Writes),
        })]);
        if (result.Trials.Count > 0) root["means_tried"] = new JsonArray([.. result.Trials.Select(trial => new JsonObject
        {
            ["mean"] = trial.Mean == EditMean.ClassToken ? "class_token" : "all_tokens",
            ["accuracy"] = trial.Accuracy is { } accuracy ? Number(accuracy) : null,
            ["cosine"] = Number(trial.Cosine, 6),
        })]);
        if (result.Effect is { } effect) root["effect"] = Effect(effect);
        return root.Count > 0 ? root : null;
    }

    public static JsonObject Share(PairedShare share) => new()
    {
        ["images"] = share.Images,
        ["before"] = Number(share.Before),
        ["before_interval"] = StudyJson.Interval(share.BeforeInterval),
        ["after"] = Number(share.After),
        ["after_interval"] = StudyJson.Interval(share.AfterInterval),
        ["difference"] = Number(share.Difference),
        ["difference_interval"] = StudyJson.Interval(share.DifferenceInterval),
    };

    private static JsonObject Effect(EditEffect effect)
    {
        var root = new JsonObject { ["images"] = effect.Images };
        if (effect.Accuracy is { } accuracy)
        {
            root["accuracy"] = Share(accuracy);
            root["changed_percent"] = Number(effect.Changed!.Value);
        }
        root["cosine"] = new JsonObject { ["mean"] = Number(effect.Cosine, 6), ["q10"] = Number(effect.LeastCosine, 6) };
        if (effect.Classes.Count > 0) root["classes"] = Parts(effect.Classes);
        if (effect.Groups.Count > 0)
        {
            root["groups"] = Parts(effect.Groups);
            root["worst_group"] = new JsonObject { ["before"] = Part(effect.WorstBefore!), ["after"] = Part(effect.WorstAfter!) };
        }
        if (effect.Retrieval is { } retrieval) root["retrieval"] = new JsonObject
        {
            ["image_to_text"] = Share(retrieval.ImageToText),
            ["text_to_image"] = Share(retrieval.TextToImage),
        };
        return root;
    }

    private static JsonArray Parts(IEnumerable<PartChange> parts) => new([.. parts.Select(Part)]);

    private static JsonObject Part(PartChange part) => new()
    {
        ["name"] = part.Name,
        ["images"] = part.Images,
        ["before"] = Number(part.Before),
        ["after"] = Number(part.After),
    };
}
