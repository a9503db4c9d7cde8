using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Statistics;

namespace ClipLens.Runs.Studies.Truth;

/// <summary>The scores of descriptions as a JSON file.</summary>
internal static class DescriptionFile
{
    /// <summary>Writes medians over the neurons by layer and method, with the 10 % and 90 % quantiles.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public static void Write(string path, DescriptionStudyResult result) => JsonFile.Write(path, ToJson(result));

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
        foreach (var (name, values) in method.ByName) own[name] = JsonFile.Number(Quantiles.Describe(values)?.Median ?? double.NaN);
        own["texts"] = method.TextCounts is { } texts ? JsonFile.Number(texts.Median) : null;
        own["seconds"] = JsonFile.Number(method.Seconds, 3);
        if (method.Undescribed is int undescribed) own["undescribed"] = undescribed;
        own["quantiles"] = new JsonObject(method.ByName.Select(score =>
            KeyValuePair.Create(score.Name, (JsonNode?)StudyJson.Distribution(score.Values))));
        if (method.Sanity is { } sanity)
            own["sanity"] = new JsonObject { ["missing"] = Shares(sanity.Missing), ["false"] = Shares(sanity.False) };
        return own;
    }

    private static JsonObject Shares(IReadOnlyDictionary<string, double> shares) =>
        new(shares.Select(share => KeyValuePair.Create(share.Key, JsonFile.Number(share.Value))));
}
