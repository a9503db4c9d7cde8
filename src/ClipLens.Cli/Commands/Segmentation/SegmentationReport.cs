using System.Text.Json.Nodes;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Output;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;

namespace ClipLens.Cli.Commands.Segmentation;

/// <summary>What <c>segment-eval</c> says and writes at the end.</summary>
internal static class SegmentationReport
{
    private const int MostClasses = 30;

    public static void Write(Terminal terminal, SegmentationResult result, int photographs, MaskThreshold? threshold)
    {
        terminal.WriteLine($"Pixels of classes named in words, found in {Words.Count(photographs, "photograph")}, in percent (* the default):");
        var table = new ResultTable("Method", ">Pixel accuracy", ">mIoU", ">mAP", "Threshold");
        foreach (var method in result.Methods)
            table.Add($"{method.Method.Name}{(IsDefault(method) ? " *" : "")}", $"{method.All.PixelAccuracy:0.0}", $"{method.All.MeanIou:0.0}", $"{method.All.MeanAp:0.0}",
                $"{threshold ?? method.Method.Threshold}");
        terminal.Write(table);
        WriteClasses(terminal, result);
        WritePresence(terminal, result.Presence);
    }

    public static void Save(string path, SegmentationResult result, IReadOnlyList<SegmentationSample> samples, SegmentationOptions.Opened opened)
    {
        var root = new JsonObject
        {
            ["images"] = Photographs(samples),
            ["samples"] = samples.Count,
            ["default"] = SegmentationMethod.Default.Name,
            ["run"] = Path.GetFullPath(opened.Run.Path),
            ["pool"] = opened.Pool,
            ["settings"] = new JsonObject
            {
                ["layers"] = opened.Settings.Layers is { } layers ? new JsonArray([.. layers.Select(layer => (JsonNode)layer)]) : null,
                ["neurons"] = opened.Settings.Neurons,
                ["threshold"] = opened.Settings.Threshold?.ToString(),
            },
            ["methods"] = new JsonObject(result.Methods.Select(method => KeyValuePair.Create(method.Method.Name, (JsonNode?)Method(method, opened.Settings.Threshold)))),
        };
        if (result.Presence is { } presence) root["presence"] = Presence(presence);
        AblationJson.Save(path, root);
    }

    /// <summary>Photographs, of which one may be asked for several classes.</summary>
    public static int Photographs(IReadOnlyList<SegmentationSample> samples) => samples.DistinctBy(sample => sample.Id).Count();

    private static bool IsDefault(MethodFigures method) => method.Method == SegmentationMethod.Default;

    private static void WriteClasses(Terminal terminal, SegmentationResult result)
    {
        var shown = result.Methods.FirstOrDefault(IsDefault) ?? result.Methods[0];
        if (shown.PerClass.Count is < 2 or > MostClasses) return;
        terminal.WriteLine();
        terminal.WriteLine($"By class, with {shown.Method.Name}:");
        var table = new ResultTable(["Class", ">Photographs", ">Pixel accuracy", ">mIoU", ">mAP", .. result.Presence is null ? Array.Empty<string>() : [">AUROC"]]);
        foreach (var (name, figures) in shown.PerClass)
            table.Add([name, $"{figures.Images}", $"{figures.PixelAccuracy:0.0}", $"{figures.MeanIou:0.0}", $"{figures.MeanAp:0.0}",
                .. result.Presence is { } presence ? [$"{presence.PerClass[name]:0.000}"] : Array.Empty<string>()]);
        terminal.Write(table);
    }

    private static void WritePresence(Terminal terminal, PresenceFigures? presence)
    {
        if (presence is null || double.IsNaN(presence.Auroc)) return;
        terminal.WriteLine();
        terminal.WriteLine($"Classes that are in a photograph against classes that are in others only: area under the ROC curve {presence.Auroc:0.000}; of those that are there "
            + $"{presence.FoundPercent:0.0} % seem to be there, of those that are not {presence.MissedPercent:0.0} % seem not to be.");
    }

    private static JsonObject Method(MethodFigures method, MaskThreshold? threshold)
    {
        var own = Figures(method.All);
        own["threshold"] = $"{threshold ?? method.Method.Threshold}";
        own["classes"] = new JsonObject(method.PerClass.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Figures(pair.Value))));
        return own;
    }

    private static JsonObject Figures(SegmentationFigures figures) => new()
    {
        ["images"] = figures.Images,
        ["pixel_accuracy"] = AblationJson.Number(figures.PixelAccuracy),
        ["mean_iou"] = AblationJson.Number(figures.MeanIou),
        ["mean_ap"] = AblationJson.Number(figures.MeanAp),
    };

    private static JsonObject Presence(PresenceFigures presence) => new()
    {
        ["auroc"] = AblationJson.Number(presence.Auroc),
        ["present_found_percent"] = AblationJson.Number(presence.FoundPercent),
        ["absent_missed_percent"] = AblationJson.Number(presence.MissedPercent),
        ["classes"] = new JsonObject(presence.PerClass.Select(pair => KeyValuePair.Create(pair.Key, AblationJson.Number(pair.Value)))),
    };
}
