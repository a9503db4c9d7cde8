using System.IO.Compression;
using System.Text.Json;
using ClipLens.Models.Configuration;
using ClipLens.Models.Tokenizer;

namespace ClipLens.Tests.Models.Tokenizer;

/// <summary>The files in which a tokenizer comes: a small vocabulary of our own, and ways in which the files can be wrong.</summary>
public sealed class TokenizerTestsFiles : IDisposable
{
    private static readonly string[] Symbols = ["c", "a", "t", "s", "c</w>", "a</w>", "t</w>", "s</w>", "at</w>", "cat</w>", "ca",
        "<|startoftext|>", "<|endoftext|>"];
    private static readonly string[] Merges = ["a t</w>", "c at</w>", "c a"];

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_small_vocabulary_in_two_files_works()
    {
        var tokenizer = ClipTokenizer.FromVocabAndMerges(Write("vocab.json", VocabJson()), Write("merges.txt", MergesText()), 8);
        // "cats" merges c+a only: at</w> ends a word. The blank and the unknown z leave nothing behind.
        Assert.Equal([11, 9, 10, 2, 7, 12, 0, 0], tokenizer.Encode("Cat CATS z"));
        Assert.Equal(13, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_single_tokenizer_json_gives_the_same_ids(bool pairsAsLists)
    {
        var tokenizer = ClipTokenizer.FromTokenizerJson(Write("tokenizer.json", TokenizerJson("</w>", pairsAsLists)), 8);
        Assert.Equal([11, 9, 10, 2, 7, 12, 0, 0], tokenizer.Encode("Cat CATS"));
    }

    [Fact]
    public void OpenAis_packed_file_gives_the_ids_of_its_first_merges()
    {
        string path = Path.Combine(folder, "bpe.txt.gz");
        using (var packed = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest)))
            packed.Write("\"bpe#version: 0.2\n" + string.Join('\n', Merges) + "\nx y\n");
        // After the 256 bytes and the 256 bytes that end a word come at</w>, cat</w>, ca, the start and the end token.
        var tokenizer = ClipTokenizer.FromSimpleVocabGz(path, 6, vocabularySize: 512 + 3 + 2);
        Assert.Equal([515, 513, 256 + ('c' - '!'), 514, 's' - '!' + 256, 516], tokenizer.Encode("cat c CAS"));
    }

    [Theory]
    [InlineData("vocab.json", "{\"a\": ", "not valid JSON")]
    [InlineData("vocab.json", "[1, 2]", "object of tokens")]
    [InlineData("vocab.json", "{\"a\": -1}", "whole number")]
    [InlineData("vocab.json", "{\"a\": 1}", "start token")]
    [InlineData("merges.txt", "#version: 0.2\na t</w>\nq q\n", "Merge 2 of")]
    [InlineData("merges.txt", "a\n", "Merge 1 of")]
    public void A_damaged_pair_of_files_is_one_sentence(string damaged, string content, string says)
    {
        string vocab = Write("vocab.json", VocabJson()), merges = Write("merges.txt", content.StartsWith('{') && content.EndsWith("1}")
            ? "" : MergesText());
        Write(damaged, content);
        var error = Assert.Throws<ClipLensException>(() => ClipTokenizer.FromVocabAndMerges(vocab, merges, 8));
        Assert.Contains(says, error.Message);
        Assert.Contains(folder, error.Message);
    }

    [Fact]
    public void A_tokenizer_of_another_kind_is_refused()
    {
        string path = Write("tokenizer.json", TokenizerJson("", false));
        Assert.Contains("end_of_word_suffix", Assert.Throws<ClipLensException>(() => ClipTokenizer.FromTokenizerJson(path, 8)).Message);
        Write("tokenizer.json", "{\"model\": {\"type\": \"Unigram\"}}");
        Assert.Contains("Unigram", Assert.Throws<ClipLensException>(() => ClipTokenizer.FromTokenizerJson(path, 8)).Message);
    }

    [Fact]
    public void A_file_that_is_missing_not_packed_or_not_text_is_one_sentence()
    {
        string missing = Path.Combine(folder, "none.gz");
        Assert.Contains(missing, Assert.Throws<ClipLensException>(() => ClipTokenizer.FromSimpleVocabGz(missing, 8)).Message);
        string plain = Write("plain.gz", "a b\n");
        Assert.Contains("damaged", Assert.Throws<ClipLensException>(() => ClipTokenizer.FromSimpleVocabGz(plain, 8)).Message);
        string binary = Path.Combine(folder, "tokenizer.json");
        File.WriteAllBytes(binary, [0xFF, 0xC0, 0x80]);
        Assert.Contains("is not valid JSON", Assert.Throws<ClipLensException>(() => ClipTokenizer.FromTokenizerJson(binary, 8)).Message);
    }

    [Fact]
    public void A_checkpoint_loads_what_it_has_and_a_vocabulary_that_is_too_large_is_refused()
    {
        string vocab = Write("vocab.json", VocabJson()), merges = Write("merges.txt", MergesText());
        var config = new TextConfig(8, 13, 4, 1, 1, 16, Activation.Gelu);
        Assert.Equal([11, 9, 12, 0, 0, 0, 0, 0], ClipTokenizer.Load(new(vocab, merges, null, null), config).Encode("cat"));
        var clip = ClipTokenizer.Load(new(null, null, null, null), config with { VocabularySize = 49408 });
        Assert.Equal([49406, 2368, 49407], clip.Encode("cat")[..3]);
        var error = Assert.Throws<ClipLensException>(() => ClipTokenizer.Load(new(null, null, null, null), config));
        Assert.Contains("49408 tokens and the text tower embeds 13", error.Message);
    }

    private static string VocabJson() =>
        JsonSerializer.Serialize(Symbols.Select((symbol, id) => (symbol, id)).ToDictionary(t => t.symbol, t => t.id));

    private static string MergesText() => "#version: 0.2\n" + string.Join('\n', Merges) + "\n";

    private static string TokenizerJson(string suffix, bool pairsAsLists)
    {
        var vocab = Symbols[..11].Select((symbol, id) => (symbol, id)).ToDictionary(t => t.symbol, t => t.id);
        object merges = pairsAsLists ? Merges.Select(merge => merge.Split(' ')) : Merges;
        var added = Symbols[11..].Select((content, i) => new { id = 11 + i, content });
        return JsonSerializer.Serialize(
            new { added_tokens = added, model = new { type = "BPE", end_of_word_suffix = suffix, vocab, merges } });
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}
