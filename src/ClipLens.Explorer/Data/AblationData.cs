using System.Text.Json.Nodes;
using ClipLens.Runs;

namespace ClipLens.Explorer.Data;

/// <summary>Accuracy under ablations, as the command <c>ablate</c> wrote it.</summary>
/// <param name="Images">Labelled images.</param>
/// <param name="Names">The ablations.</param>
/// <param name="Layers">By layer: accuracy in percent, and its interval; the joint one has no layer.</param>
internal sealed record AblationData(int Images, IReadOnlyList<string> Names, IReadOnlyList<AblationRow> Layers)
{
    private const int MostBytes = 16 << 20;

    private static readonly string[] Wanted = ["baseline", "without_all", "without_large", "without_small", "first_component"];

    /// <summary>Reads the file; null where it is not there or not of an ablation.</summary>
    public static AblationData? Read(RunDirectory run, string? path)
    {
        path ??= Path.Combine(run.Path, "ablation.json");
        if (StudyFile.Read(path, MostBytes) is not JsonObject root || root["layers"] is not JsonObject layers) return null;
        try
        {
            var rows = layers.Where(own => int.TryParse(own.Key, out _)).Select(own => Row(own.Key, own.Value!)).ToList();
            if (root["joint"] is { } joint) rows.Add(Row("all", joint));
            return rows.Count == 0 ? null : new((int)root["images"]!, Wanted, rows);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException)
        {
            return null;
        }
    }

    private static AblationRow Row(string layer, JsonNode own) => new(layer, [.. Wanted.Select(name => (double?)own[name])],
        [.. Wanted.Select(name => own["figures"]?[name]?["top1_interval"] is JsonArray { Count: 2 } interval
            ? interval.Select(end => (double?)end).ToArray() : null)]);
}

/// <summary>Accuracies of a layer.</summary>
internal sealed record AblationRow(string Layer, IReadOnlyList<double?> Top1, IReadOnlyList<double?[]?> Intervals);
