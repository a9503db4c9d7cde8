using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Models.Tokenizer;

/// <summary>Reads the files in which a byte-pair encoding of CLIP comes.</summary>
internal static class VocabularyFiles
{
    // OpenAI's file has 262,000 merges and 524 KB of them packed count; nobody's tokenizer is a hundred times that.
    private const int LongestText = 128 << 20;

    /// <summary>Hugging Face's pair: <c>vocab.json</c> (symbol to id) and <c>merges.txt</c>.</summary>
    public static BytePairVocabulary VocabAndMerges(string vocabPath, string mergesPath)
    {
        using var vocab = ParseJson(vocabPath);
        return new BytePairVocabulary(mergesPath, ReadIds(vocab.RootElement, vocabPath),
            MergeLines(ReadText(mergesPath))).Checked();
    }

    /// <summary>Hugging Face's single file <c>tokenizer.json</c>.</summary>
    public static BytePairVocabulary TokenizerJson(string path)
    {
        using var json = ParseJson(path);
        var model = Member(json.RootElement, "model", path);
        if (model.TryGetProperty("type", out var type) && type.GetString() != "BPE")
            throw new ClipLensException($"{path} holds a tokenizer of the type {type}; CLIP's is BPE.");
        if (!model.TryGetProperty("end_of_word_suffix", out var suffix) || suffix.ToString() != ByteSymbols.EndOfWord)
            throw new ClipLensException($"{path} is not CLIP's kind of tokenizer: its end_of_word_suffix is not {ByteSymbols.EndOfWord}.");
        var ids = ReadIds(Member(model, "vocab", path), path);
        if (json.RootElement.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (var token in added.EnumerateArray())
                ids[Member(token, "content", path).ToString()] = ReadId(Member(token, "id", path), path);
        }
        return new BytePairVocabulary(path, ids, ReadMerges(Member(model, "merges", path), path)).Checked();
    }

    /// <summary>OpenAI's <c>bpe_simple_vocab_16e6.txt.gz</c>, of which a model uses as many merges as its vocabulary has room for.</summary>
    public static BytePairVocabulary SimpleVocabGz(string path, int vocabularySize)
    {
        int needed = MergeCount(vocabularySize, path);
        var merges = MergeLines(ReadText(path, packed: true));
        if (merges.Count < needed)
            throw new ClipLensException($"{path} has {merges.Count} merges where a vocabulary of {vocabularySize} needs {needed}.");
        return BytePairVocabulary.FromMerges(path, merges.GetRange(0, needed)).Checked();
    }

    /// <summary>The encoding of OpenAI's CLIP, which comes with this library.</summary>
    public static BytePairVocabulary Embedded()
    {
        using var packed = typeof(VocabularyFiles).Assembly.GetManifestResourceStream("clip-merges.txt.gz")!;
        using var reader = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        return BytePairVocabulary.FromMerges("The embedded tokenizer", MergeLines(reader.ReadToEnd()));
    }

    private static int MergeCount(int vocabularySize, string path)
    {
        // Two forms of each byte and two special tokens are not merges.
        int merges = vocabularySize - 2 * 256 - 2;
        return merges >= 0 ? merges
            : throw new ClipLensException($"{path} cannot serve a vocabulary of {vocabularySize}, which is smaller than the 514 of its bytes.");
    }

    private static List<string> MergeLines(string text)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        // OpenAI's first line is the version with quotes before it.
        if (lines[0].Contains("#version", StringComparison.Ordinal)) lines.RemoveAt(0);
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    private static List<string> ReadMerges(JsonElement merges, string path)
    {
        if (merges.ValueKind != JsonValueKind.Array) throw new ClipLensException($"{path}: 'merges' is not a list.");
        // Newer files write a pair as a list of two, older ones as one string.
        return [.. merges.EnumerateArray().Select(merge => merge.ValueKind == JsonValueKind.Array
            ? string.Join(' ', merge.EnumerateArray().Select(part => part.ToString())) : merge.ToString())];
    }

    private static Dictionary<string, int> ReadIds(JsonElement vocab, string path)
    {
        if (vocab.ValueKind != JsonValueKind.Object) throw new ClipLensException($"{path} does not hold an object of tokens and their ids.");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in vocab.EnumerateObject()) ids[token.Name] = ReadId(token.Value, path);
        return ids;
    }

    private static int ReadId(JsonElement id, string path) =>
        id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value >= 0 ? value
            : throw new ClipLensException($"{path} gives a token the id {id}, which is not a whole number from 0.");

    private static JsonElement Member(JsonElement parent, string name, string path) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member
            : throw new ClipLensException($"{path} is not a tokenizer: '{name}' is missing.");

    private static JsonDocument ParseJson(string path)
    {
        string text = ReadText(path);
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new ClipLensException($"{path} is not valid JSON: {e.Message}", e);
        }
    }

    private static string ReadText(string path, bool packed = false)
    {
        using var file = FileErrors.OpenRead(path);
        using var stream = packed ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
        try
        {
            using var text = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                text.Write(buffer, 0, read);
                if (text.Length > LongestText) throw new ClipLensException($"{path} is too long for a tokenizer's file.");
            }
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer(), 0, (int)text.Length).TrimStart('\uFEFF');
        }
        catch (Exception error) when (error is IOException or InvalidDataException or DecoderFallbackException)
        {
            throw new ClipLensException($"The tokenizer file {path} is damaged: {error.Message}", error);
        }
    }
}
