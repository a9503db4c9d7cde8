using System.Text.Json;
using System.Text.Json.Nodes;
using ClipLens.Editing.Units;
using ClipLens.Files;

namespace ClipLens.Editing.Weights;

/// <summary>The file <c>edit.json</c> beside edited weights: what was done, to which weights, what it did, and what undoes it.</summary>
/// <param name="Model">The checkpoint that was edited, as it was given.</param>
/// <param name="Format">Its format.</param>
/// <param name="Sha256">Its fingerprint.</param>
/// <param name="Edit">The edit.</param>
/// <param name="MeanImages">Images that the means were taken over.</param>
/// <param name="Before">SHA-256 of the files that changed before, by name: the weights and what holds digests of them.</param>
/// <param name="After">SHA-256 of the same files after.</param>
public sealed record EditRecord(string Model, string Format, string Sha256, ModelEdit Edit, int MeanImages,
    IReadOnlyDictionary<string, string> Before, IReadOnlyDictionary<string, string> After)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "edit.json";

    // A thousand neurons of a wide model in base64.
    private const int Longest = 256 << 20;
    private const string ClassToken = "class_token", AllTokens = "all_tokens", Nothing = "none";

    internal IReadOnlyList<BytePiece> Pieces { get; init; } = [];

    /// <summary>What was measured, as JSON; null where nothing was.</summary>
    public string? Measured { get; init; }

    /// <summary>Reads the record of an edited checkpoint.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="ClipLensException">There is none, or it is damaged.</exception>
    public static EditRecord Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new ClipLensException($"{folder} has no {FileName}, so it is no model that 'cliplens edit' made; "
            + "give the folder of one.");
        return JsonFile.Read(path, Parse, Longest);
    }

    internal void Write(string folder)
    {
        var root = new JsonObject
        {
            ["kind"] = EditList.RecordKind,
            ["version"] = typeof(EditRecord).Assembly.GetName().Version?.ToString(3),
            ["from"] = new JsonObject { ["model"] = Model, ["format"] = Format, ["sha256"] = Sha256, ["files"] = Hashes(Before) },
            ["files"] = Hashes(After),
            ["edits"] = new JsonArray([.. Edit.Changes.Select(change => new JsonObject
            {
                [change.Unit.IsHead ? "head" : "neuron"] = $"{change.Unit.Layer}:{change.Unit.Index}",
                ["factor"] = change.Factor,
            })]),
            ["mean"] = Edit.Mean switch { EditMean.ClassToken => ClassToken, EditMean.AllTokens => AllTokens, _ => Nothing },
            ["mean_images"] = MeanImages,
            ["measured"] = Measured is null ? null : JsonNode.Parse(Measured),
            ["undo"] = new JsonObject
            {
                ["how"] = "cliplens edit --undo --model THIS_FOLDER --output NEW_FOLDER; or write each piece's bytes (base64: runs of run "
                    + "bytes, the next one step bytes on) back to its file from offset on, and delete this file",
                ["pieces"] = new JsonArray([.. Pieces.Select(piece => new JsonObject
                {
                    ["file"] = piece.File,
                    ["what"] = piece.What,
                    ["offset"] = piece.Offset,
                    ["step"] = piece.Step,
                    ["runs"] = piece.Runs,
                    ["run"] = piece.Length,
                    ["bytes"] = Convert.ToBase64String(piece.Before),
                })]),
            },
        };
        JsonFile.Write(Path.Combine(folder, FileName), root);
    }

    private static EditRecord Parse(JsonElement root)
    {
        if (!EditList.IsRecord(root)) throw new FormatException();
        var from = root.GetProperty("from");
        var mean = root.GetProperty("mean").GetString() switch
        {
            ClassToken => EditMean.ClassToken,
            AllTokens => EditMean.AllTokens,
            Nothing => EditMean.None,
            _ => throw new FormatException(),
        };
        var measured = root.GetProperty("measured");
        return new(Text(from, "model"), Text(from, "format"), Text(from, "sha256"), new(EditList.OfRecord(root), mean),
            root.GetProperty("mean_images").GetInt32(), Hashes(from.GetProperty("files")), Hashes(root.GetProperty("files")))
        {
            Pieces = [.. root.GetProperty("undo").GetProperty("pieces").EnumerateArray().Select(ParsePiece)],
            Measured = measured.ValueKind == JsonValueKind.Null ? null : measured.GetRawText(),
        };
    }

    private static BytePiece ParsePiece(JsonElement piece)
    {
        byte[] before = Convert.FromBase64String(Text(piece, "bytes"));
        int runs = piece.GetProperty("runs").GetInt32(), length = piece.GetProperty("run").GetInt32();
        string file = Text(piece, "file");
        bool leadsOut = Path.IsPathRooted(file) || file.Split('/', '\\').Contains("..");
        if (leadsOut || runs < 0 || length < 0 || (long)runs * length != before.Length) throw new FormatException();
        return new(file, Text(piece, "what"), piece.GetProperty("offset").GetInt64(), piece.GetProperty("step").GetInt64(), runs, length,
            before, []);
    }

    private static string Text(JsonElement value, string name) => value.GetProperty(name).GetString() ?? throw new FormatException();

    private static JsonObject Hashes(IReadOnlyDictionary<string, string> files)
    {
        var root = new JsonObject();
        foreach (var (name, sha256) in files) root[name] = sha256;
        return root;
    }

    private static Dictionary<string, string> Hashes(JsonElement files) =>
        files.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString() ?? throw new FormatException());
}
