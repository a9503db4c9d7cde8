using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Tokenizer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Tokenizer;

/// <summary>The ids that CLIP's Python tokenizer gave for difficult strings and for 30,000 words.</summary>
public class TokenizerTestsGolden
{
    [SharedTheory]
    [InlineData("strings", "token_ids")]
    [InlineData("strings_extra", "token_ids_extra")]
    [InlineData("strings_ftfy_sensitive", "token_ids_ftfy_sensitive")]
    public void Difficult_strings(string strings, string tensor)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", "formats", "formats.json")));
        string[] texts = [.. json.RootElement.GetProperty(strings).EnumerateArray().Select(text => text.GetString()!)];
        using var expected = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "expected.safetensors"));
        AssertSameIds(texts, expected.Read<int>(tensor), 77, ClipTokenizer.Default());
    }

    [SharedFact]
    public void Thirty_thousand_words_from_the_checkpoints_own_files()
    {
        string model = SharedData.Path("models", "vit-tiny-lit");
        var tokenizer = ClipTokenizer.FromVocabAndMerges(Path.Combine(model, "vocab.json"), Path.Combine(model, "merges.txt"), 8);
        using var expected = SafeTensorsFile.Open(SharedData.Path("golden", "formats", "tokens_30k.safetensors"));
        AssertSameIds(File.ReadAllLines(SharedData.Path("data", "words-30k.txt")), expected.Read<int>("token_ids"), 8, tokenizer);
    }

    [SharedFact]
    public void The_embedded_vocabulary_is_that_of_the_files()
    {
        string model = SharedData.Path("models", "vit-tiny-lit");
        var files = VocabularyFiles.VocabAndMerges(Path.Combine(model, "vocab.json"), Path.Combine(model, "merges.txt"));
        var embedded = VocabularyFiles.Embedded();
        Assert.Equal(files.Merges, embedded.Merges);
        Assert.Equal(files.Ids.OrderBy(t => t.Value), embedded.Ids.OrderBy(t => t.Value));
    }

    private static void AssertSameIds(string[] texts, int[] expected, int columns, ClipTokenizer tokenizer)
    {
        Assert.Equal(texts.Length * columns, expected.Length);
        var different = texts.Where((text, i) => !tokenizer.Encode(text).AsSpan(0, columns)
            .SequenceEqual(expected.AsSpan(i * columns, columns)));
        Assert.Empty(different);
    }
}
