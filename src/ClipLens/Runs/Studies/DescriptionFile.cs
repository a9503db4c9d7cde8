using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Statistics;

namespace ClipLens.Runs.Studies;

/// <summary>The scores of descriptions as a JSON file.</summary>
internal static class DescriptionFile
{
    /// <summary>Writes medians over the neurons by layer and method, with the 10 % and 90 % quantiles.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public static void Write(string path, DescriptionStudyResult result)
    {
        JsonFile.Write(path, ToJson(result));
    }

    /// <summary>The file: medians over the neurons by layer and method, with the 10 % and 90 % quantiles.</summary>
    private static JsonObject ToJson(DescriptionStudyResult result) => new()
    {
        ["images"] = result.Images,
        ["seen"] = result.Seen,
        ["unreadable"] = result.Failures.Count,
        ["pool"] = result.Pool,
        ["layers"] = new JsonObject(result.Layers.Select(layer => KeyValuePair.Create($"{layer.Layer}", (JsonNode?)new JsonObject
        {
            ["methods"] = new JsonObject(layer.Methods.Select(method => KeyValuePair.Create(method.Name, (JsonNode?)Method(method)))),
        }))),
    };

    private static JsonObject Method(MethodScores method)
    {
        var own = new JsonObject();
        foreach (var (name, values) in Scores(method)) own[name] = JsonFile.Number(Quantiles.Describe(values)?.Median ?? double.NaN);
        own["texts"] = Texts(method) is { } texts ? JsonFile.Number(texts.Median) : null;
        own["seconds"] = JsonFile.Number(method.Seconds, 3);
        if (method.Texts is not null) own["undescribed"] = method.Texts.Count(count => count == 0);
        own["quantiles"] = new JsonObject(Scores(method).Select(score =>
            KeyValuePair.Create(score.Name, (JsonNode?)StudyJson.Distribution(score.Values))));
        if (method.Sanity is { } sanity)
            own["sanity"] = new JsonObject { ["missing"] = Shares(sanity.Missing), ["false"] = Shares(sanity.False) };
        return own;
    }

    private static JsonObject Shares(IReadOnlyDictionary<string, double> shares) =>
        new(shares.Select(share => KeyValuePair.Create(share.Key, JsonFile.Number(share.Value))));

    private static IEnumerable<(string Name, IEnumerable<double> Values)> Scores(MethodScores method) =>
    [
        ("auroc", method.Scores.Select(score => score.Auroc)),
        ("average_precision", method.Scores.Select(score => score.AveragePrecision)),
        ("pearson", method.Scores.Select(score => score.Pearson)),
    ];

    private static Distribution? Texts(MethodScores method) => method.Texts is null ? null
        : Quantiles.Describe(method.Texts.Select(count => (double)count));
}
