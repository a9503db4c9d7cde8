using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Models.Tokenizer;

/// <summary>Reads the files in which a byte-pair encoding of CLIP comes.</summary>
internal static class VocabularyFiles
{
    // OpenAI's file unpacks to 3 MB with 262,000 merges, and Hugging Face's single file of the same has 4 MB; these are some times that.
    private const int LongestText = 16 << 20, MostMerges = 1 << 19, MostTokens = 1 << 20;

    /// <summary>Hugging Face's pair: <c>vocab.json</c> (symbol to id) and <c>merges.txt</c>.</summary>
    public static BytePairVocabulary VocabAndMerges(string vocabPath, string mergesPath)
    {
        var ids = JsonFile.Read(vocabPath, root => ReadIds(root, vocabPath), LongestText);
        return new BytePairVocabulary(mergesPath, ids, MergeLines(Unpack(FileErrors.OpenRead(mergesPath), mergesPath), mergesPath))
            .Checked();
    }

    /// <summary>Hugging Face's single file <c>tokenizer.json</c>.</summary>
    public static BytePairVocabulary TokenizerJson(string path) => JsonFile.Read(path, root => TokenizerJson(root, path), LongestText)
        .Checked();

    private static BytePairVocabulary TokenizerJson(JsonElement root, string path)
    {
        var model = Member(root, "model", path);
        if (model.ValueKind != JsonValueKind.Object) throw new ClipLensException($"{path} is not a tokenizer: its 'model' is not an "
            + "object.");
        if (model.TryGetProperty("type", out var type) && type.ToString() != "BPE")
            throw new ClipLensException($"{path} holds a tokenizer of the type {type}; CLIP's is BPE.");
        if (!model.TryGetProperty("end_of_word_suffix", out var suffix) || suffix.ToString() != ByteSymbols.EndOfWord)
            throw new ClipLensException($"{path} is not CLIP's kind of tokenizer: its end_of_word_suffix is not {ByteSymbols.EndOfWord}.");
        var ids = ReadIds(Member(model, "vocab", path), path);
        if (root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (var token in added.EnumerateArray())
                ids[Member(token, "content", path).ToString()] = ReadId(Member(token, "id", path), path);
        }
        return new BytePairVocabulary(path, ids, ReadMerges(Member(model, "merges", path), path));
    }

    /// <summary>OpenAI's <c>bpe_simple_vocab_16e6.txt.gz</c>, of which a model uses as many merges as its vocabulary has room
    /// for.</summary>
    public static BytePairVocabulary SimpleVocabGz(string path, int vocabularySize)
    {
        int needed = MergeCount(vocabularySize, path);
        using var stream = new GZipStream(FileErrors.OpenRead(path), CompressionMode.Decompress);
        var merges = MergeLines(Unpack(stream, path), path);
        if (merges.Count < needed)
            throw new ClipLensException($"{path} has {merges.Count} merges where a vocabulary of {vocabularySize} needs {needed}.");
        return BytePairVocabulary.FromMerges(path, merges.GetRange(0, needed)).Checked();
    }

    /// <summary>The encoding of OpenAI's CLIP, which comes with this library.</summary>
    public static BytePairVocabulary Embedded()
    {
        using var packed = typeof(VocabularyFiles).Assembly.GetManifestResourceStream("clip-merges.txt.gz")!;
        const string name = "The embedded tokenizer";
        return BytePairVocabulary.FromMerges(name, MergeLines(Unpack(new GZipStream(packed, CompressionMode.Decompress), name), name));
    }

    private static int MergeCount(int vocabularySize, string path)
    {
        // Two forms of each byte and two special tokens are not merges.
        int merges = vocabularySize - 2 * 256 - 2;
        return merges >= 0 ? merges
            : throw new ClipLensException($"{path} cannot serve a vocabulary of {vocabularySize}, which is smaller than the 514 of its "
            + "bytes.");
    }

    private static List<string> MergeLines(string text, string path)
    {
        var lines = new List<string>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // OpenAI's first line is the version with quotes before it.
            if (lines.Count == 0 && line.Contains("#version", StringComparison.Ordinal)) continue;
            if (lines.Count == MostMerges) throw TooMany(path, $"{MostMerges} merges");
            lines.Add(line.ToString());
        }
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    private static ClipLensException TooMany(string path, string what) =>
        new($"{path} has more than {what}, too many for a tokenizer of CLIP's.");

    private static List<string> ReadMerges(JsonElement merges, string path)
    {
        if (merges.ValueKind != JsonValueKind.Array) throw new ClipLensException($"{path}: 'merges' is not a list.");
        if (merges.GetArrayLength() > MostMerges) throw TooMany(path, $"{MostMerges} merges");
        // Newer files write a pair as a list of two, older ones as one string.
        return [.. merges.EnumerateArray().Select(merge => merge.ValueKind == JsonValueKind.Array
            ? string.Join(' ', merge.EnumerateArray().Select(part => part.ToString())) : merge.ToString())];
    }

    private static Dictionary<string, int> ReadIds(JsonElement vocab, string path)
    {
        if (vocab.ValueKind != JsonValueKind.Object) throw new ClipLensException(
            $"{path} does not hold an object of tokens and their ids.");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        if (vocab.GetPropertyCount() > MostTokens) throw TooMany(path, $"{MostTokens} tokens");
        foreach (var token in vocab.EnumerateObject()) ids[token.Name] = ReadId(token.Value, path);
        return ids;
    }

    private static int ReadId(JsonElement id, string path) =>
        id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value >= 0 ? value
            : throw new ClipLensException($"{path} gives a token the id {id}, which is not a whole number from 0.");

    private static JsonElement Member(JsonElement parent, string name, string path) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member
            : throw new ClipLensException($"{path} is not a tokenizer: '{name}' is missing.");

    /// <summary>The text of a stream, which is closed.</summary>
    private static string Unpack(Stream stream, string path)
    {
        try
        {
            using (stream)
            {
                using var text = new MemoryStream();
                byte[] buffer = new byte[1 << 16];
                for (int read; (read = stream.Read(buffer)) > 0;)
                {
                    text.Write(buffer, 0, read);
                    if (text.Length > LongestText) throw new ClipLensException($"{path} is too long for a tokenizer's file.");
                }
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer(), 0, (int)text.Length)
                    .TrimStart('\uFEFF');
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or DecoderFallbackException)
        {
            throw new ClipLensException($"The tokenizer file {path} is damaged: {error.Message}", error);
        }
    }
}
