using System.Text.Json.Nodes;
using ClipLens.Explorer.Data;
using ClipLens.Runs;

namespace ClipLens.Explorer.Studies;

/// <summary>Pairs of classes with the cues between them, and pictures made with cues.</summary>
/// <param name="Pairs">Pairs with all their cues, as one call finds them.</param>
/// <param name="Strongest">The strongest cues between any two classes of a list, strongest first.</param>
/// <param name="Made">Pictures made with cues.</param>
internal sealed record CueData(IReadOnlyList<CuePair> Pairs, IReadOnlyList<StrongCue> Strongest, IReadOnlyList<MadePictures> Made)
{
    private const int MostBytes = 64 << 20, MostStrongest = 1000, DroppedShown = 40, NeuronsShown = 6;

    /// <summary>Reads what the settings and the run's folder have; null if that is nothing.</summary>
    public static CueData? Read(RunDirectory run, ExplorerSettings settings)
    {
        string[] files = [.. settings.Cues, .. Directory.EnumerateFiles(run.Path, "cues*.json").Order(StringComparer.Ordinal)];
        var read = files.Select(file => StudyFile.Read(file, MostBytes)).OfType<JsonObject>().ToList();
        var pairs = read.Select(root => Known(() => Pair(root))).OfType<CuePair>().ToList();
        StrongCue[] strongest = [.. read.Select(root => Known(() => Strong(root))).OfType<IReadOnlyList<StrongCue>>()
            .SelectMany(own => own).OrderByDescending(own => own.Score).Take(MostStrongest)];
        var made = MadePictures.Folders(run, settings).Select(MadePictures.Read).OfType<MadePictures>().ToList();
        return pairs.Count + strongest.Length + made.Count == 0 ? null : new(pairs, strongest, made);
    }

    /// <summary>What a file holds; null where it is of another kind.</summary>
    private static T? Known<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException
            or ArgumentNullException)
        {
            return null;
        }
    }

    private static CuePair Pair(JsonObject root) => new((string)root["true"]!, (string)root["fooled"]!, (string)root["source"]!,
        [.. root["cues"]!.AsArray().Select(cue => Cue(cue!))],
        [.. root["dropped"]!.AsArray().Take(DroppedShown)
            .Select(drop => new DroppedWord((string)drop!["text"]!, (string)drop["reason"]!))]);

    private static IReadOnlyList<StrongCue> Strong(JsonObject root) => [.. root["pairs"]!.AsArray()
        .Select(pair => new StrongCue((string)pair!["true"]!, (string)pair["fooled"]!, (string)pair["text"]!, (double)pair["score"]!))];

    private static CueWord Cue(JsonNode cue) => new((string)cue["text"]!, (double?)cue["score"], (double?)cue["shift"], (double?)cue["low"],
        (double?)cue["high"], (bool?)cue["confirmed"] ?? false, [.. cue["neurons"]!.AsArray().Take(NeuronsShown).Select(own =>
            new CueContribution((int)own!["layer"]!, (int)own["neuron"]!, (double?)own["contribution"]))]);
}

/// <summary>Cues from one class to another.</summary>
internal sealed record CuePair(string True, string Fooled, string Source, IReadOnlyList<CueWord> Cues, IReadOnlyList<DroppedWord> Dropped);

/// <summary>The strongest cue from one class to another, of all pairs of a list.</summary>
internal sealed record StrongCue(string True, string Fooled, string Text, double Score);

/// <summary>A cue, by how much it moves pictures, and the neurons behind it.</summary>
internal sealed record CueWord(string Text, double? Score, double? Shift, double? Low, double? High, bool Confirmed,
    IReadOnlyList<CueContribution> Neurons);

/// <summary>A neuron's part in a cue.</summary>
internal sealed record CueContribution(int Layer, int Neuron, double? Contribution);

/// <summary>A word that is no cue, and why.</summary>
internal sealed record DroppedWord(string Text, string Reason);
