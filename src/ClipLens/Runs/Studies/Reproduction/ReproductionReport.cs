using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ClipLens.Files;

namespace ClipLens.Runs.Studies.Reproduction;

/// <summary>The published numbers beside the measured ones; as <c>report.json</c> and as <c>report.md</c>.</summary>
internal static class ReproductionReport
{
    public static ReproductionResult Write(ReproductionSettings settings, ReproductionFiles files)
    {
        try
        {
            var rows = Rows(settings, files).ToList();
            string subject = Subject(settings, files);
            Save(settings, rows, subject);
            return new(files.Run, subject, rows, settings.File("report.md"));
        }
        // The files may lie there from earlier, and have been changed since.
        catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new ClipLensException($"The files of figures in {settings.Output} are damaged; delete them and do the same again.",
                error);
        }
    }

    private static string Subject(ReproductionSettings settings, ReproductionFiles result)
    {
        var model = result.Run.Manifest.Model;
        return $"Measured: {Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.Model))} ({model.Blocks} blocks of "
            + $"{model.Neurons} neurons, {model.Format}), "
            + $"neurons from {Count(result.Run.Images.Count, "training image")}, accuracies on "
            + $"{Count((int)result.Ablation["images"]!, "validation image")}.";
    }

    private static IEnumerable<ReproducedFigure> Rows(ReproductionSettings settings, ReproductionFiles result)
    {
        var layers = result.Ablation["layers"]!.AsObject();
        string shown = layers.ContainsKey($"{settings.Layer}") ? $"{settings.Layer}" : layers.First().Key;
        var own = layers[shown]!.AsObject();
        var pick = Published(shown);
        yield return new("Zero-shot accuracy (%)", "63.3", Percent(own["baseline"]));
        yield return new($"  without the second-order effects of layer {shown}", pick("29.6"), Percent(own["without_all"]));
        if (result.Comparison is { } comparison && comparison["layers"]?[shown] is JsonObject kinds)
        {
            yield return new($"  with the neurons of layer {shown} at their means (indirect)", pick("52.3"),
                Percent(kinds["indirect"]!["accuracy"]));
            yield return new($"  without the first-order effects of layer {shown}", "-", Percent(kinds["first_order"]!["accuracy"]));
            string measured = $" ({kinds["neurons"]} neurons, {kinds["images"]} images, top {kinds["top"]})";
            yield return new($"First component, second-order effects, layer {shown} (% of variance)", pick("48.2"),
                Percent(kinds["second_order"]!["variance_explained_percent"]) + measured);
            yield return new($"First component, indirect effects, layer {shown} (% of variance)", pick("11.0"),
                Percent(kinds["indirect"]!["variance_explained_percent"]) + measured);
        }
        yield return new($"Images on which a neuron of layer {shown} is significant (%)", "under 2",
            Percent(own["significant_share_percent"]));
        yield return new($"Accuracy with first components, layer {shown} (%)", "negligible loss", Percent(own["first_component"]));
        foreach (int size in settings.Sizes)
            yield return new($"Accuracy with {size} texts, layer {shown} (%)", size == 128 ? "near the baseline"
            : "-", Percent(own["sparse_text"]![$"{size}"]));
        yield return new($"Layer whose ablation costs most: {Worst(layers).Key}, without its effects (%)", "-",
            Percent(Worst(layers).Value!["without_all"]));
        if (result.Ablation["joint"] is JsonObject joint) yield return new("All layers together, without their effects (%)", "-",
            Percent(joint["without_all"]));
        if (result.Rendition is { } rendition && rendition["layers"]?[shown] is JsonObject other)
        {
            yield return new("ImageNet-R, accuracy (%)", "-", Percent(other["baseline"]));
            yield return new($"  without the second-order effects of layer {shown}", "-", Percent(other["without_all"]));
        }
        yield return new("Time of the ablations", "5 days on an A100 (ViT-L/14)", $"{result.Ablation["seconds"]} s");
        yield return new("Segmentation of ImageNet-Segmentation (accuracy / mIoU / mAP)", "78.1 / 59.0 / 84.9",
            settings.Segmentation);
        yield return new("Adversarial images", "up to 22.7 of 100", settings.AdversarialImages);
    }

    private static string Count(int count, string thing) => count == 1 ? $"1 {thing}" : $"{count} {thing}s";

    /// <summary>The paper's figures of a layer are of layer 9.</summary>
    private static Func<string, string> Published(string layer) => figure => layer == "9" ? figure : $"{figure} (layer 9)";

    private static KeyValuePair<string, JsonNode?> Worst(JsonObject layers) => layers.MinBy(layer => (double)layer.Value!["without_all"]!);

    private static string Percent(JsonNode? value) => value is null ? "-" : ((double)value).ToString("0.0", CultureInfo.InvariantCulture);

    private static void Save(ReproductionSettings settings, List<ReproducedFigure> rows, string subject)
    {
        JsonFile.Write(settings.File("report.json"), new()
        {
            ["measured"] = subject,
            ["figures"] = new JsonArray(
            [.. rows.Select(row => (JsonNode?)new JsonObject { ["what"] = row.What.Trim(), ["published"] = row.Published,
            ["measured"] = row.Measured })]),
        });
        var page = new StringBuilder("# The paper's figures beside measured ones\n\n").Append(subject)
            .Append(" Published: OpenAI's ViT-B/32 on ImageNet.\n\n")
            .Append("| figure | published | measured |\n|---|---|---|\n");
        foreach (var row in rows) page.Append(CultureInfo.InvariantCulture,
            $"| {row.What.Replace("  ", "&emsp;")} | {row.Published} | {row.Measured} |\n");
        AtomicFile.Write(settings.File("report.md"), Encoding.UTF8.GetBytes(page.ToString()));
    }
}
