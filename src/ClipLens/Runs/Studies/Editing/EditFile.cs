using System.Text.Json.Nodes;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Units;
using static ClipLens.Files.JsonFile;

namespace ClipLens.Runs.Studies.Editing;

/// <summary>What an edit did, as JSON: the part <c>measured</c> of the record beside the edited weights.</summary>
internal static class EditFile
{
    /// <summary>What was measured; null where nothing was.</summary>
    public static JsonObject? Json(EditResult result)
    {
        var root = new JsonObject();
        if (result.Found.Count > 0) root["found"] = List(result.Found, Found);
        if (result.Trials.Count > 0) root["means_tried"] = List(result.Trials, Trial);
        if (result.Search is { } search) root["search"] = Search(search);
        if (result.Baselines.Count > 0) root["baselines"] = List(result.Baselines, Baseline);
        if (result.Effect is { } effect) root["effect"] = Effect(effect);
        if (result.Attack is { } attack) root["attack"] = new JsonObject
        {
            ["fooled"] = Share(attack.Fooled),
            ["accuracy"] = Share(attack.Accuracy),
        };
        if (result.Cues.Count > 0) root["cues"] = List(result.Cues, Cue);
        if (result.Scenes is { } exchanged) root["exchanged_scenes"] = Share(exchanged);
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

    private static JsonArray List<T>(IReadOnlyList<T> items, Func<T, JsonObject> one) => new([.. items.Select(one)]);

    private static JsonObject Found(FoundNeuron own) => new()
    {
        ["neuron"] = own.Neuron.Neuron.ToString(),
        ["text"] = own.Text,
        ["factor"] = own.Factor,
        ["acts_on"] = own.Neuron.ActsOn is { } acts ? Number(acts) : null,
        ["writes"] = Number(own.Neuron.Writes),
    };

    private static JsonObject Trial(MeanTrial trial) => new()
    {
        ["mean"] = trial.Mean == EditMean.ClassToken ? "class_token" : "all_tokens",
        ["accuracy"] = trial.Accuracy is { } accuracy ? Number(accuracy) : null,
        ["cosine"] = Number(trial.Cosine, 6),
    };

    private static JsonObject Baseline(EditBaseline own) => new()
    {
        ["name"] = own.Name,
        ["units"] = own.Units,
        ["score"] = Number(own.Score),
        ["accuracy"] = Number(own.Accuracy),
        ["exchanged_scenes"] = own.Scenes is { } scenes ? Number(scenes) : null,
    };

    private static JsonObject Cue(CueChange cue) => new()
    {
        ["class"] = cue.Class,
        ["cues"] = new JsonArray([.. cue.Cues.Select(text => JsonValue.Create(text))]),
        ["with_cue"] = Share(cue.WithCue),
        ["without_cue"] = Share(cue.WithoutCue),
        ["misled"] = Share(cue.Misled),
    };

    private static JsonObject Search(SearchResult search) => new()
    {
        ["images"] = search.Images,
        ["passes"] = search.Passes,
        ["steps"] = new JsonArray([.. search.Steps.Select(step => new JsonObject
        {
            ["units"] = new JsonArray([.. step.Units.Select(unit => JsonValue.Create(unit.ToString()))]),
            ["score"] = Number(step.Score),
            ["lost"] = Number(step.Lost),
            ["taken"] = step.IsTaken,
        })]),
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
