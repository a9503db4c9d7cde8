using System.Globalization;
using System.Text.Json.Nodes;
using ClipLens.Files;

namespace ClipLens.Discovery;

/// <summary>What was discovered as JSON files.</summary>
public static class DiscoveryFile
{
    /// <summary>Writes the concepts of images with every neuron's share and the heat of every patch, and how many images each is
    /// in.</summary>
    /// <param name="path">The file.</param>
    /// <param name="found">The concepts by image.</param>
    /// <param name="method">How they were found.</param>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public static void Write(string path, IReadOnlyList<ImageConcepts> found, DiscoveryMethod method)
    {
        ArgumentNullException.ThrowIfNull(found);
        JsonFile.Write(path, new()
        {
            ["method"] = DiscoveryMethods.NameOf(method),
            ["images"] = new JsonArray([.. found.Select(Picture)]),
            ["concepts"] = new JsonArray([.. ConceptTable.Count(found).Select(count => new JsonObject
            {
                ["text"] = count.Text,
                ["images"] = count.Images,
                ["mean_score"] = JsonFile.Number(count.MeanScore),
                ["best"] = count.Best,
            })]),
        });
    }

    /// <summary>Writes the figures of methods side by side.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public static void Write(string path, DiscoveryComparison result)
    {
        ArgumentNullException.ThrowIfNull(result);
        JsonFile.Write(path, new()
        {
            ["images"] = result.Images,
            ["unreadable"] = result.Unreadable,
            ["nameable_percent"] = JsonFile.Number(result.Nameable),
            ["methods"] = new JsonObject(result.Methods.Select(method => KeyValuePair.Create(method.Name, (JsonNode?)new JsonObject
            {
                ["by_name"] = Ranked(result.Ranks, method.ByName),
                ["by_meaning"] = Ranked(result.Ranks, method.ByMeaning),
            }))),
        });
    }

    private static JsonObject Picture(ImageConcepts picture) => picture.Error is { } error
        ? new() { ["image"] = picture.Image, ["error"] = error }
        : new()
        {
            ["image"] = picture.Image,
            ["significant_neurons"] = picture.Significant,
            ["concepts"] = new JsonArray([.. picture.Concepts.Select(One)]),
        };

    private static JsonObject One(Concept concept) => new()
    {
        ["text"] = concept.Text,
        ["score"] = JsonFile.Number(concept.Score),
        ["same"] = new JsonArray([.. concept.Same.Select(text => JsonValue.Create(text))]),
        ["neurons"] = new JsonArray([.. concept.Neurons.Select(share => new JsonObject
        {
            ["layer"] = share.Neuron.Layer,
            ["neuron"] = share.Neuron.Index,
            ["share"] = JsonFile.Number(share.Share),
        })]),
        ["patches"] = new JsonObject
        {
            ["rows"] = concept.Patches.Rows,
            ["columns"] = concept.Patches.Columns,
            ["values"] = new JsonArray([.. concept.Patches.Values.Select(value => JsonFile.Number(value))]),
        },
    };

    private static JsonObject Ranked(IReadOnlyList<int> ranks, IReadOnlyList<double> values) =>
        new(ranks.Select((rank, i) => KeyValuePair.Create(rank.ToString(CultureInfo.InvariantCulture), JsonFile.Number(values[i]))));
}
