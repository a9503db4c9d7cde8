using System.Text.Json.Nodes;
using ClipLens.Files;

namespace ClipLens.Cues;

/// <summary>Cues as a JSON file.</summary>
public static class CueFile
{
    private const int Digits = 6;

    /// <summary>Writes the cues with every neuron's contribution, and what was dropped and why.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public static void Write(string path, CueReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        JsonFile.Write(path, new()
        {
            ["true"] = report.True,
            ["fooled"] = report.Fooled,
            ["source"] = CueSources.NameOf(report.Source),
            ["synonym_similarity"] = JsonFile.Number(report.SynonymCosine),
            ["cues"] = new JsonArray([.. report.Cues.Select(cue => new JsonObject
            {
                ["text"] = cue.Text,
                ["text_index"] = cue.TextIndex,
                ["score"] = JsonFile.Number(cue.Score, Digits),
                ["shift"] = Shown(cue.Effect?.Shift),
                ["low"] = Shown(cue.Effect?.Low),
                ["high"] = Shown(cue.Effect?.High),
                ["confirmed"] = cue.IsConfirmed,
                ["neurons"] = Contributions(cue.Neurons),
            })]),
            ["dropped"] = new JsonArray([.. report.Dropped.Select(drop => new JsonObject
            {
                ["text"] = drop.Text,
                ["score"] = JsonFile.Number(drop.Score, Digits),
                ["reason"] = drop.Reason,
            })]),
            ["neurons"] = Contributions(report.Neurons),
        });
    }

    /// <summary>Writes the strongest pairs of a list of classes.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    public static void Write(string path, IReadOnlyList<PairCue> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        JsonFile.Write(path, new()
        {
            ["pairs"] = new JsonArray([.. pairs.Select(pair => new JsonObject
            {
                ["true"] = pair.True,
                ["fooled"] = pair.Fooled,
                ["text"] = pair.Text,
                ["text_index"] = pair.TextIndex,
                ["score"] = JsonFile.Number(pair.Score, Digits),
            })]),
        });
    }

    private static JsonNode? Shown(double? value) => value is { } number ? JsonFile.Number(number, Digits) : null;

    private static JsonArray Contributions(IReadOnlyList<CueNeuron> neurons) => new([.. neurons.Select(neuron => new JsonObject
    {
        ["layer"] = neuron.Neuron.Layer,
        ["neuron"] = neuron.Neuron.Index,
        ["contribution"] = JsonFile.Number(neuron.Contribution, Digits),
    })]);
}
