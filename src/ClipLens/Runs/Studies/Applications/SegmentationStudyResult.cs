using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Runs.Studies.Applications;

/// <summary>How well segmentation methods did, and what they were measured with.</summary>
/// <param name="Run">Path of the run.</param>
/// <param name="Pool">Name of its text pool; null if it has none.</param>
/// <param name="Settings">Settings of the methods.</param>
/// <param name="Photographs">Images, of which one may be asked for several classes.</param>
/// <param name="Samples">Images times the classes asked for in them.</param>
/// <param name="Scores">The figures.</param>
public sealed record SegmentationStudyResult(string Run, string? Pool, SegmentationSettings Settings, int Photographs, int Samples,
    SegmentationResult Scores)
{
    /// <summary>Where a method's maps were cut into masks.</summary>
    public MaskThreshold ThresholdOf(SegmentationMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Settings.Threshold ?? method.Threshold;
    }

    /// <summary>Writes all figures as a JSON file.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public void Write(string path)
    {
        var root = new JsonObject
        {
            ["images"] = Photographs,
            ["samples"] = Samples,
            ["default"] = SegmentationMethod.Default.Name,
            ["run"] = Path.GetFullPath(Run),
            ["pool"] = Pool,
            ["settings"] = new JsonObject
            {
                ["layers"] = Settings.Layers is { } layers ? new JsonArray([.. layers.Select(layer => (JsonNode)layer)]) : null,
                ["neurons"] = Settings.Neurons,
                ["threshold"] = Settings.Threshold?.ToString(),
            },
            ["methods"] = new JsonObject(Scores.Methods.Select(method => KeyValuePair.Create(method.Method.Name, (JsonNode?)Node(method)))),
        };
        if (Scores.Presence is { } presence) root["presence"] = Node(presence);
        JsonFile.Write(path, root);
    }

    private JsonObject Node(MethodFigures method)
    {
        var own = Node(method.All);
        own["threshold"] = $"{ThresholdOf(method.Method)}";
        own["classes"] = new JsonObject(method.PerClass.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Node(pair.Value))));
        return own;
    }

    private static JsonObject Node(SegmentationFigures figures) => new()
    {
        ["images"] = figures.Images,
        ["pixel_accuracy"] = JsonFile.Number(figures.PixelAccuracy),
        ["mean_iou"] = JsonFile.Number(figures.MeanIou),
        ["mean_ap"] = JsonFile.Number(figures.MeanAp),
    };

    private static JsonObject Node(PresenceFigures presence) => new()
    {
        ["auroc"] = JsonFile.Number(presence.Auroc),
        ["present_found_percent"] = JsonFile.Number(presence.FoundPercent),
        ["absent_missed_percent"] = JsonFile.Number(presence.MissedPercent),
        ["classes"] = new JsonObject(presence.PerClass.Select(pair => KeyValuePair.Create(pair.Key, JsonFile.Number(pair.Value)))),
    };
}
