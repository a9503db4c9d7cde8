using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// The pieces of a text that a tokenizer of SentencePiece's kind knows, read from Hugging Face's <c>tokenizer.json</c> and written as
/// SentencePiece's own model, which one library reads whatever the file was.
/// </summary>
/// <param name="Pieces">The pieces by id, with their scores.</param>
/// <param name="IsUnigram">Whether a text is cut into the likeliest pieces; else pairs are merged, those with the highest score
/// first.</param>
/// <param name="UnknownId">Id of what no piece covers.</param>
/// <param name="NormalizationMap">SentencePiece's compiled table of characters that become others; null for none.</param>
/// <param name="Special">Ids of the pieces that are no text, by name.</param>
/// <param name="Before">Ids before every text.</param>
/// <param name="After">Ids after every text.</param>
internal sealed record PieceVocabulary(IReadOnlyList<(string Piece, float Score)> Pieces, bool IsUnigram, int UnknownId,
    byte[]? NormalizationMap, IReadOnlyDictionary<string, int> Special, IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    // Those of Gemma and of XLM-V, whose files have 34 and 60 MB, lie below.
    private const int LongestText = 256 << 20, MostPieces = 1 << 21;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="ClipLensException">It is damaged, or of another kind; named.</exception>
    public static PieceVocabulary Read(string path) => JsonFile.Read(path, root => Read(root, path), LongestText);

    /// <summary>The words and parts of words of a <c>tokenizer.json</c> of BERT's kind, by id; null where it is of another.</summary>
    /// <exception cref="ClipLensException">It is damaged.</exception>
    public static string[]? WordPieces(string path) => JsonFile.Read(path, root =>
    {
        var model = Member(root, "model", path);
        if (Member(model, "type", path).ToString() != "WordPiece") return null;
        var vocabulary = Member(model, "vocab", path);
        if (vocabulary.ValueKind != JsonValueKind.Object || vocabulary.GetPropertyCount() is 0 or > MostPieces) throw Broken(path);
        string[] words = new string[vocabulary.GetPropertyCount()];
        foreach (var entry in vocabulary.EnumerateObject())
        {
            int id = Id(entry.Value, path);
            if (id >= words.Length || words[id] is not null || entry.Name.Contains('\n')) throw Broken(path);
            words[id] = entry.Name;
        }
        return words;
    }, LongestText);

    private static PieceVocabulary Read(JsonElement root, string path)
    {
        var model = Member(root, "model", path);
        string type = Member(model, "type", path).ToString();
        if (type is not ("Unigram" or "BPE"))
            throw new ClipLensException($"{path} holds a tokenizer of the type {type}, which ClipLens does not support.");
        bool isUnigram = type == "Unigram";
        var pieces = isUnigram ? Unigram(model, path) : Merged(model, path);
        var special = root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array
            ? added.EnumerateArray().Where(token => Member(token, "special", path).ValueKind == JsonValueKind.True)
            .GroupBy(token => Member(token, "content", path).ToString(), token => Id(Member(token, "id", path), path))
            .ToDictionary(group => group.Key, group => group.First()) : [];
        int unknown = isUnigram ? Id(Member(model, "unk_id", path), path)
            : special.GetValueOrDefault(Member(model, "unk_token", path).ToString(), -1);
        if (unknown < 0 || unknown >= pieces.Count) throw new ClipLensException($"{path} names no piece for what it does not know.");
        var (before, after) = Around(root, special);
        return new(pieces, isUnigram, unknown, isUnigram ? Map(root, path) : null, special, before, after);
    }

    /// <summary>SentencePiece's model of the same pieces.</summary>
    public byte[] ToModel()
    {
        var model = new ProtoWriter();
        var bySpecialId = Special.Values.ToHashSet();
        for (int id = 0; id < Pieces.Count; id++)
        {
            var (piece, score) = Pieces[id];
            bool isByte = piece is ['<', '0', 'x', _, _, '>'];
            int kind = id == UnknownId ? 2 : isByte ? 6 : bySpecialId.Contains(id) ? 3 : 1;
            model.Message(1, new ProtoWriter().Text(1, piece).Single(2, score).Number(3, kind));
        }
        string unknown = Pieces[UnknownId].Piece;
        int other = Special.Values.FirstOrDefault(id => id != UnknownId);
        model.Message(2, new ProtoWriter().Number(3, IsUnigram ? 1 : 2).Number(35, IsUnigram ? 0 : 1).Number(40, UnknownId)
            .Number(41, other).Number(42, other).Number(43, other).Text(45, unknown));
        var normaliser = new ProtoWriter().Text(1, IsUnigram ? "nmt_nfkc" : "identity");
        if (NormalizationMap is not null) normaliser.Bytes(2, NormalizationMap);
        int trims = IsUnigram ? 1 : 0;
        model.Message(3, normaliser.Number(3, trims).Number(4, trims).Number(5, 1));
        return model.ToArray();
    }

    private static List<(string, float)> Unigram(JsonElement model, string path)
    {
        var vocabulary = Member(model, "vocab", path);
        if (vocabulary.ValueKind != JsonValueKind.Array || vocabulary.GetArrayLength() is 0 or > MostPieces) throw Broken(path);
        return [.. vocabulary.EnumerateArray().Select(entry => entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.Number
            ? (entry[0].GetString()!, entry[1].GetSingle()) : throw Broken(path))];
    }

    // The earlier a piece is merged, the higher its score.
    private static List<(string, float)> Merged(JsonElement model, string path)
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        var merges = Member(model, "merges", path);
        if (merges.ValueKind != JsonValueKind.Array || merges.GetArrayLength() > MostPieces * 4) throw Broken(path);
        int rank = 0;
        foreach (var merge in merges.EnumerateArray())
        {
            string piece = merge.ValueKind == JsonValueKind.Array ? string.Concat(merge.EnumerateArray().Select(part => part.ToString()))
                : string.Concat(merge.ToString().Split(' '));
            ranks.TryAdd(piece, rank++);
        }
        var vocabulary = Member(model, "vocab", path);
        if (vocabulary.ValueKind != JsonValueKind.Object || vocabulary.GetPropertyCount() is 0 or > MostPieces) throw Broken(path);
        var pieces = new (string Piece, float Score)[vocabulary.GetPropertyCount()];
        foreach (var entry in vocabulary.EnumerateObject())
        {
            int id = Id(entry.Value, path);
            if (id >= pieces.Length || pieces[id].Piece is not null) throw Broken(path);
            pieces[id] = (entry.Name, ranks.TryGetValue(entry.Name, out int own) ? -own : 0);
        }
        return [.. pieces];
    }

    private static byte[]? Map(JsonElement root, string path)
    {
        if (!root.TryGetProperty("normalizer", out var normaliser) || normaliser.ValueKind != JsonValueKind.Object) return null;
        var parts = normaliser.TryGetProperty("normalizers", out var several) && several.ValueKind == JsonValueKind.Array
            ? several.EnumerateArray().ToList() : [normaliser];
        var map = parts.FirstOrDefault(part => part.ValueKind == JsonValueKind.Object
            && part.TryGetProperty("precompiled_charsmap", out var found) && found.ValueKind == JsonValueKind.String);
        if (map.ValueKind != JsonValueKind.Object) return null;
        return map.GetProperty("precompiled_charsmap").TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw Broken(path);
    }

    /// <summary>The ids that the file's template puts before and after a text.</summary>
    private static (List<int> Before, List<int> After) Around(JsonElement root, Dictionary<string, int> special)
    {
        List<int> before = [], after = [];
        bool isBehind = false;
        if (root.TryGetProperty("post_processor", out var template) && template.ValueKind == JsonValueKind.Object
            && template.TryGetProperty("single", out var parts) && parts.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in parts.EnumerateArray().Where(part => part.ValueKind == JsonValueKind.Object))
            {
                if (part.TryGetProperty("Sequence", out _)) isBehind = true;
                else if (part.TryGetProperty("SpecialToken", out var token) && token.ValueKind == JsonValueKind.Object
                    && token.TryGetProperty("id", out var name) && special.TryGetValue(name.ToString(), out int id))
                    (isBehind ? after : before).Add(id);
            }
        }
        return (before, after);
    }

    private static int Id(JsonElement id, string path) => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value)
        && value >= 0
        ? value : throw Broken(path);

    private static JsonElement Member(JsonElement parent, string name, string path) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member
            : throw new ClipLensException($"{path} is not a tokenizer: '{name}' is missing.");

    private static ClipLensException Broken(string path) =>
        new($"{path} is damaged: its pieces are not a tokenizer's; get the file again.");
}
