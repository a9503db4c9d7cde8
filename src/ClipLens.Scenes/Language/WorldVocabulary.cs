using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Tokenizer;

namespace ClipLens.Scenes.Language;

/// <summary>
/// A byte-pair encoding of the world's language in CLIP's form (<c>vocab.json</c> and <c>merges.txt</c>): 256 byte symbols, the same
/// at a word's end, one symbol a merge, the start and the end token. Learnt from the world's captions until every word of the world
/// is one token; always the same.
/// </summary>
public sealed class WorldVocabulary
{
    private const string Start = "<|startoftext|>", End = "<|endoftext|>";
    private const int Scenes = 3000;
    private const int MostMerges = 1200;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<(string, string), int> ranks;
    private readonly Dictionary<string, int[]> words = new(StringComparer.Ordinal);

    private WorldVocabulary(IReadOnlyList<(string Left, string Right)> merges)
    {
        Merges = merges;
        var symbols = ByteSymbols.InVocabularyOrder.ToList();
        List<string> entries = [.. symbols, .. symbols.Select(s => s + ByteSymbols.EndOfWord), .. merges.Select(m => m.Left + m.Right),
            Start, End];
        Entries = entries;
        ids = entries.Select((entry, id) => (entry, id)).ToDictionary(e => e.entry, e => e.id, StringComparer.Ordinal);
        ranks = merges.Select((merge, rank) => (merge, rank)).ToDictionary(m => (m.merge.Left, m.merge.Right), m => m.rank);
    }

    /// <summary>All tokens; the position is the id.</summary>
    public IReadOnlyList<string> Entries { get; }

    /// <summary>The merges in the order in which they are tried.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>Id of the token that begins a text.</summary>
    public int StartId => Entries.Count - 2;

    /// <summary>Id of the token that ends a text: the largest one.</summary>
    public int EndId => Entries.Count - 1;

    /// <summary>Learns the vocabulary from the world's captions.</summary>
    public static WorldVocabulary Build() => new(LearnMerges(CountWords()));

    /// <summary>Ids of a text of the world: start, words, end.</summary>
    /// <remarks>For letters, digits, commas and spaces the same as CLIP's tokenizer over the same files; used in training, where
    /// millions of captions are encoded. Not for several threads at once.</remarks>
    internal List<int> Encode(string text)
    {
        List<int> ids = [StartId];
        foreach (string word in SplitWords(text))
        {
            if (!words.TryGetValue(word, out var pieces)) words[word] = pieces = EncodeWord(word);
            ids.AddRange(pieces);
        }
        ids.Add(EndId);
        return ids;
    }

    /// <summary>Writes <c>vocab.json</c> and <c>merges.txt</c> into a folder.</summary>
    /// <exception cref="ClipLensException">A file cannot be written there.</exception>
    public void Save(string folder)
    {
        string vocabulary = JsonSerializer.Serialize(Entries.Select((entry, id) => (entry, id)).ToDictionary(e => e.entry, e => e.id),
            Json);
        WriteWhole(Path.Combine(folder, "vocab.json"), vocabulary);
        WriteWhole(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Concat(Merges.Select(m => $"{m.Left} {m.Right}\n")));
    }

    private static void WriteWhole(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));

    private int[] EncodeWord(string word)
    {
        var symbols = Symbols(word);
        while (symbols.Count > 1)
        {
            int best = -1, bestRank = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
                if (ranks.TryGetValue((symbols[i], symbols[i + 1]), out int rank) && rank < bestRank) (best, bestRank) = (i, rank);
            if (best < 0) break;
            var (left, right) = Merges[bestRank];
            Merge(symbols, left, right);
        }
        return [.. symbols.Select(s => ids[s])];
    }

    private static string[] SplitWords(string text) =>
        text.ToLowerInvariant().Replace(",", " , ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static SortedDictionary<string, long> CountWords()
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (string word in Lexicon.Words) counts[word] = 1;
        var generator = new SceneGenerator(0);
        for (ulong i = 0; i < Scenes; i++)
            foreach (string word in SplitWords(CaptionWriter.Write(generator.Create(i), i).Text))
                counts[word] = counts.GetValueOrDefault(word) + 1;
        return counts;
    }

    private static List<(string, string)> LearnMerges(SortedDictionary<string, long> counts)
    {
        var words = counts.Select(c => (Symbols: Symbols(c.Key), Count: c.Value)).ToList();
        var merges = new List<(string, string)>();
        while (merges.Count < MostMerges)
        {
            var pairs = new Dictionary<(string Left, string Right), long>();
            foreach (var (symbols, count) in words)
                for (int i = 0; i + 1 < symbols.Count; i++)
                    pairs[(symbols[i], symbols[i + 1])] = pairs.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
            if (pairs.Count == 0) break;
            var best = pairs.OrderByDescending(p => p.Value).ThenBy(p => p.Key.Left, StringComparer.Ordinal)
                .ThenBy(p => p.Key.Right, StringComparer.Ordinal).First().Key;
            merges.Add(best);
            foreach (var (symbols, _) in words) Merge(symbols, best.Left, best.Right);
        }
        return merges;
    }

    private static void Merge(List<string> symbols, string left, string right)
    {
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != left || symbols[i + 1] != right) continue;
            symbols[i] = left + right;
            symbols.RemoveAt(i + 1);
        }
    }

    private static List<string> Symbols(string word)
    {
        List<string> symbols = [.. ByteSymbols.FromText(word).Select(c => c.ToString())];
        symbols[^1] += ByteSymbols.EndOfWord;
        return symbols;
    }
}
