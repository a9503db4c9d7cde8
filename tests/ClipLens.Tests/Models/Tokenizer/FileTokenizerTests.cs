using System.Text.Json;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Models.Tokenizer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Tokenizer;

/// <summary>Tokenizers that lie beside their models, against the ids of the reference libraries.</summary>
public class FileTokenizerTests
{
    [SharedTheory]
    [InlineData("tokenizer_siglip", "tokenizer.json", CleaningKind.Canonical, "open_clip_ids_ctx16", 16)]
    [InlineData("tokenizer_siglip", "spiece.model", CleaningKind.Canonical, "open_clip_ids_ctx64", 64)]
    [InlineData("tokenizer_siglip", "spiece.model", CleaningKind.LowerWithoutPunctuation, "hf_siglip_tokenizer_ids_ctx16", 16)]
    [InlineData("tokenizer_siglip2", "tokenizer.json", CleaningKind.Canonical, "open_clip_ids_ctx16", 16)]
    [InlineData("tokenizer_siglip2", "tokenizer.model", CleaningKind.Canonical, "open_clip_ids_ctx64", 64)]
    [InlineData("tokenizer_siglip2", "tokenizer.json", CleaningKind.Lower, "hf_siglip2tokenizer_ids_ctx64", 64)]
    public void Ids_are_those_of_the_reference_libraries(string folder, string file, CleaningKind cleaning, string expected, int context)
    {
        string path = GoldenArchitecture.PathOf(folder, file), config = GoldenArchitecture.PathOf(folder, "tokenizer_config.json");
        bool isJson = file.EndsWith(".json", StringComparison.Ordinal);
        var files = new TokenizerFiles(null, null, isJson ? path : null, null) { SentencePiece = isJson ? null : path, Config = config };
        var tokenizer = FileTokenizer.Load(files, new TextConfig(context, 1000, 8, 1, 1, 8, Activation.Gelu) { Cleaning = cleaning });
        var golden = JsonDocument.Parse(File.ReadAllText(GoldenArchitecture.PathOf(folder, "tokenizer_golden.json"))).RootElement;
        int compared = 0;
        List<string> wrong = [];
        foreach (var row in golden.GetProperty("rows").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            // What the cleaning leaves out on purpose: repairs of ftfy, and special tokens written as text.
            if (cleaning == CleaningKind.Canonical && TextCleaning.Apply(text, cleaning) != row.GetProperty("canonical_open_clip")
                .GetString()
                || cleaning != CleaningKind.Canonical && text.Contains('<')
                // Rust makes every capital sigma the same letter, Python the last of a word another.
                || cleaning == CleaningKind.Lower && text.Contains('Σ')) continue;
            int[] ids = [.. row.GetProperty(expected).EnumerateArray().Select(id => id.GetInt32())];
            if (!ids.SequenceEqual(tokenizer.Encode(text))) wrong.Add(text);
            compared++;
        }
        Assert.Empty(wrong);
        Assert.InRange(compared, 40, 51);
    }

    [Theory]
    [InlineData(false, "Unaffable  RUNS", new[] { 1, 4, 5, 6, 7, 2, 0, 0 })]
    [InlineData(true, "unaffable runs", new[] { 1, 4, 5, 6, 7, 0, 0, 0 })]
    [InlineData(false, "strange", new[] { 1, 3, 2, 0, 0, 0, 0, 0 })]
    [InlineData(false, "rúns", new[] { 1, 7, 2, 0, 0, 0, 0, 0 })]
    [InlineData(false, "RU\u0301NS Ünâffable", new[] { 1, 7, 4, 5, 6, 2, 0, 0 })]
    [InlineData(false, "runs runs runs runs runs runs runs runs", new[] { 1, 7, 7, 7, 7, 7, 7, 2 })]
    public void Bert_cuts_words_into_their_longest_parts(bool strips, string text, int[] ids)
    {
        using var folder = new ScratchFolder();
        string path = folder.Write("tokenizer.json", """
            {"model": {"type": "WordPiece", "vocab": {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "un": 4, "##aff": 5, "##able": 6, "runs": 7,
             "[MASK]": 8}}}
            """);
        var config = new TextConfig(8, 9, 8, 1, 1, 8, Activation.Gelu)
        {
            Tokenizer = TokenizerKind.OwnFiles,
            Cleaning = CleaningKind.WhiteSpace,
            StripsSeparator = strips,
        };
        Assert.Equal(ids, TextTokenizer.Load(new(null, null, path, null), config).Encode(text));
        // The same words as BERT's own list, one a line.
        string list = folder.Write("vocab.txt", "[PAD]\n[CLS]\n[SEP]\n[UNK]\nun\n##aff\n##able\nruns\n[MASK]\n");
        Assert.Equal(ids, TextTokenizer.Load(new(null, null, null, null) { VocabTxt = list }, config).Encode(text));
    }

    /// <summary>XLM-V's (MetaCLIP 2), whose SentencePiece model has other ids than its tokens: both files must give the same.</summary>
    [Theory]
    [InlineData("red  dogs", new[] { 0, 5, 6, 7, 2, 1, 1, 1 })]
    [InlineData("reds", new[] { 0, 5, 7, 2, 1, 1, 1, 1 })]
    [InlineData("red ж", new[] { 0, 5, 4, 3, 2, 1, 1, 1 })]
    [InlineData("dogs dogs dogs dogs dogs", new[] { 0, 6, 7, 6, 7, 6, 7, 2 })]
    public void XlmRobertas_two_forms_give_the_same_ids(string text, int[] ids)
    {
        using var folder = new ScratchFolder();
        string json = folder.Write("tokenizer.json", """
            {"model": {"type": "Unigram", "unk_id": 3, "vocab": [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁", -3.0],
             ["▁red", -2.0], ["▁dog", -2.5], ["s", -3.5], ["<mask>", 0.0]]},
             "added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 1, "content": "<pad>", "special": true},
              {"id": 2, "content": "</s>", "special": true}, {"id": 3, "content": "<unk>", "special": true},
              {"id": 8, "content": "<mask>", "special": true}],
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}]}}
            """);
        var pieces = new PieceVocabulary([("<unk>", 0), ("<s>", 0), ("</s>", 0), ("▁", -3), ("▁red", -2), ("▁dog", -2.5f), ("s", -3.5f)],
            true, 0, null, new Dictionary<string, int> { ["<s>"] = 1, ["</s>"] = 2 }, [], []);
        string model = folder.Write("sentencepiece.bpe.model", pieces.ToModel());
        var config = new TextConfig(8, 9, 8, 1, 1, 8, Activation.Gelu)
        {
            Tokenizer = TokenizerKind.OwnFiles,
            Cleaning = CleaningKind.WhiteSpace,
        };
        var one = TextTokenizer.Load(new(null, null, json, null), config);
        var other = TextTokenizer.Load(new(null, null, null, null) { SentencePiece = model }, config);
        Assert.Equal(ids, one.Encode(text));
        Assert.Equal(ids, other.Encode(text));
        Assert.Equal(9, one.VocabularySize);
        Assert.Equal(9, other.VocabularySize);
    }

    [Fact]
    public void A_missing_or_damaged_tokenizer_is_said_in_a_sentence()
    {
        using var folder = new ScratchFolder();
        var config = new TextConfig(16, 1000, 8, 1, 1, 8, Activation.Gelu) { Tokenizer = TokenizerKind.OwnFiles };
        AssertRefused(new TokenizerFiles(null, null, null, null), "put its tokenizer.json (or spiece.model) there.");
        config = config with { TokenizerRepository = "facebook/xlm-v-base" };
        AssertRefused(new TokenizerFiles(null, null, null, null), "The model's tokenizer is that of the hub's repository "
            + "facebook/xlm-v-base,");
        foreach (string json in new[] { "{}", """{"model": {"type": "WordLevel"}}""", """{"model": {"type": "Unigram", "vocab": [1]}}""",
            """{"model": {"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 7}}""",
            """{"model": {"type": "WordPiece", "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "red": 4}}}""" })
            AssertRefused(new TokenizerFiles(null, null, folder.Write("tokenizer.json", json), null), "tokenizer.json");
        AssertRefused(new TokenizerFiles(null, null, null, null) { SentencePiece = folder.Write("spiece.model", "no model") },
            "spiece.model");

        void AssertRefused(TokenizerFiles files, string part)
        {
            string message = Assert.Throws<ClipLensException>(() => TextTokenizer.Load(files, config)).Message;
            Assert.Contains(part, message);
            Assert.EndsWith(".", message);
        }
    }
}
