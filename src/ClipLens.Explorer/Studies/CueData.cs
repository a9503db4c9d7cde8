using System.Text.Json.Nodes;
using ClipLens.Explorer.Data;
using ClipLens.Runs;

namespace ClipLens.Explorer.Studies;

/// <summary>Pairs of classes with the cues between them, and pictures made with cues.</summary>
internal sealed record CueData(IReadOnlyList<CuePair> Pairs, IReadOnlyList<MadePictures> Made)
{
    private const int MostBytes = 64 << 20;

    /// <summary>Reads what the settings and the run's folder have; null if that is nothing.</summary>
    public static CueData? Read(RunDirectory run, ExplorerSettings settings)
    {
        string[] files = [.. settings.Cues, .. Directory.EnumerateFiles(run.Path, "cues*.json").Order(StringComparer.Ordinal)];
        var pairs = files.Select(file => StudyFile.Read(file, MostBytes)).OfType<JsonObject>().Select(Pair).OfType<CuePair>().ToList();
        var made = MadePictures.Folders(run, settings).Select(MadePictures.Read).OfType<MadePictures>().ToList();
        return pairs.Count + made.Count == 0 ? null : new(pairs, made);
    }

    private static CuePair? Pair(JsonObject root)
    {
        try
        {
            return new((string)root["true"]!, (string)root["fooled"]!, (string)root["source"]!,
                [.. root["cues"]!.AsArray().Select(cue => Cue(cue!))],
                [.. root["dropped"]!.AsArray().Take(40).Select(drop => new DroppedWord((string)drop!["text"]!, (string)drop["reason"]!))]);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or NullReferenceException
            or ArgumentNullException)
        {
            return null;
        }
    }

    private static CueWord Cue(JsonNode cue) => new((string)cue["text"]!, (double?)cue["score"], (double?)cue["shift"], (double?)cue["low"],
        (double?)cue["high"], (bool?)cue["confirmed"] ?? false, [.. cue["neurons"]!.AsArray().Take(6).Select(own =>
            new CueContribution((int)own!["layer"]!, (int)own["neuron"]!, (double?)own["contribution"]))]);
}

/// <summary>Cues from one class to another.</summary>
internal sealed record CuePair(string True, string Fooled, string Source, IReadOnlyList<CueWord> Cues, IReadOnlyList<DroppedWord> Dropped);

/// <summary>A cue, by how much it moves pictures, and the neurons behind it.</summary>
internal sealed record CueWord(string Text, double? Score, double? Shift, double? Low, double? High, bool Confirmed,
    IReadOnlyList<CueContribution> Neurons);

/// <summary>A neuron's part in a cue.</summary>
internal sealed record CueContribution(int Layer, int Neuron, double? Contribution);

/// <summary>A word that is no cue, and why.</summary>
internal sealed record DroppedWord(string Text, string Reason);
