using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Configuration;

namespace ClipLens.Models.Checkpoints;

/// <summary>Which files a checkpoint consists of.</summary>
/// <param name="Folder">The folder they lie in.</param>
/// <param name="Weights">The weight files: one, or the shards in order of their names.</param>
/// <param name="Config">The model's config, or null where there is none.</param>
internal sealed record CheckpointFiles(string Folder, IReadOnlyList<string> Weights, string? Config)
{
    private const string IndexSuffix = ".index.json";

    // A line of some hundred bytes for each tensor.
    private const int LongestIndex = 16 << 20, MostShards = 1000;

    /// <summary>Names that weights have, in the order in which they are taken.</summary>
    public static IReadOnlyList<string> UsualNames { get; } =
    [
        "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin", "open_clip_model.bin",
        "open_clip_pytorch_model.pt", "open_clip_model.pt",
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ];

    private static readonly string[] WeightExtensions = [".safetensors", ".bin", ".pt", ".pth", ".ckpt"];

    /// <summary>Finds a checkpoint's files.</summary>
    /// <param name="path">Its folder, its weight file or the index of its shards.</param>
    /// <exception cref="ClipLensException">There is nothing, or more than one thing that could be meant.</exception>
    public static CheckpointFiles Find(string path)
    {
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path)) throw new ClipLensException($"{path} does not exist; give a checkpoint's folder or weight "
            + "file.");
        string folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string weights = isFolder ? WeightsIn(path) : path;
        if (weights.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !IsIndex(weights))
            throw new ClipLensException($"{path} is no weight file; give the checkpoint's folder.");
        var files = IsIndex(weights) ? Shards(weights) : [weights];
        return new CheckpointFiles(folder, files, ConfigIn(folder, weights, anyName: isFolder));
    }

    private static string WeightsIn(string folder)
    {
        foreach (string name in UsualNames)
            if (File.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
        if (FilesIn(folder).Where(IsIndex).ToArray() is [var index]) return index;
        string[] all = [.. FilesIn(folder).Where(file => WeightExtensions.Contains(Path.GetExtension(file)))];
        string[] safe = [.. all.Where(file => Path.GetExtension(file) == ".safetensors")];
        return (safe.Length > 0 ? safe : all) switch
        {
            [var one] => one,
            [] => throw new ClipLensException($"{folder} holds no weight file (.safetensors, .bin or .pt); give a checkpoint's folder or "
            + "file."),
            var many => throw new ClipLensException($"{folder} holds several weight files ({Names(many)}); give the one that is meant."),
        };
    }

    // Under its usual names; beside a weight file under that one's name; in a folder of its own, under any.
    private static string? ConfigIn(string folder, string weights, bool anyName)
    {
        foreach (string name in new[] { "open_clip_config.json", Path.GetFileNameWithoutExtension(weights) + ".json", "config.json" })
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path) && !IsIndex(name)) return path;
        }
        if (!anyName) return null;
        string[] others = [.. FilesIn(folder).Where(file => Path.GetExtension(file) == ".json" && ConfigFile.IsModelConfig(file))];
        return others switch
        {
            [] => null,
            [var one] => one,
            var many => throw new ClipLensException($"{folder} holds several model configs ({Names(many)}); call the right one "
            + "open_clip_config.json."),
        };
    }

    /// <summary>Whether a file is the index of weights that are cut into several files.</summary>
    public static bool IsIndex(string file) => file.EndsWith(IndexSuffix, StringComparison.Ordinal);

    /// <summary>The names of the files, beside their index, that weights are cut into.</summary>
    /// <exception cref="ClipLensException">The index cannot be read or names no files, or some elsewhere.</exception>
    public static IReadOnlyList<string> ShardNames(string index)
    {
        string[] names = JsonFile.Read<string[]>(index, root => WeightMapOf(root) is { } map
            ? [.. map.EnumerateObject().Select(entry => entry.Value)
            .Select(value => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw NoIndex(index)).Distinct()
            .Order(StringComparer.Ordinal)]
            : throw NoIndex(index), LongestIndex);
        foreach (string name in names)
            if (name.Length == 0 || Path.GetFileName(name) != name || name.Contains('\0'))
                throw new ClipLensException($"{index} names the shard '{name.Replace('\0', ' ')}', which is not a file beside it.");
        if (names.Length > MostShards) throw new ClipLensException($"{index} names {names.Length} shards, more than a checkpoint has.");
        return names.Length > 0 ? names : throw new ClipLensException($"{index} names no shards.");
    }

    private static List<string> Shards(string index)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(index))!;
        string[] shards = [.. ShardNames(index).Select(name => Path.Combine(folder, name))];
        string[] missing = [.. shards.Where(path => !File.Exists(path))];
        return missing.Length == 0 ? [.. shards]
            : throw new ClipLensException($"{missing[0]} does not exist, one of {shards.Length} parts that {index} names"
                + $"{(missing.Length > 1 ? $" ({missing.Length} are missing)" : "")}; fetch all of them.");
    }

    private static JsonElement? WeightMapOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("weight_map", out var map) && map.ValueKind == JsonValueKind.Object
        ? map : null;

    private static ClipLensException NoIndex(string index) =>
        new($"{index} is not the index of a sharded checkpoint: it has no weight_map of names.");

    private static IEnumerable<string> FilesIn(string folder)
    {
        try
        {
            return Directory.GetFiles(folder).Order(StringComparer.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"{folder} could not be read: {error.Message}", error);
        }
    }

    private static string Names(string[] paths) =>
        string.Join(", ", paths.Take(4).Select(Path.GetFileName)) + (paths.Length > 4 ? ", ..." : "");
}
