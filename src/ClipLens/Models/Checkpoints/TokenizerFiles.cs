namespace ClipLens.Models.Checkpoints;

/// <summary>The tokenizer's files beside a checkpoint; all null where it has none, as with OpenAI's <c>.pt</c>.</summary>
/// <param name="VocabJson">Path of <c>vocab.json</c> (symbol to id), there together with <paramref name="MergesTxt"/>.</param>
/// <param name="MergesTxt">Path of <c>merges.txt</c>.</param>
/// <param name="TokenizerJson">Path of Hugging Face's single file <c>tokenizer.json</c>.</param>
/// <param name="SimpleVocabGz">Path of OpenAI's <c>bpe_simple_vocab_16e6.txt.gz</c>.</param>
public sealed record TokenizerFiles(string? VocabJson, string? MergesTxt, string? TokenizerJson, string? SimpleVocabGz)
{
    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => VocabJson is null && TokenizerJson is null && SimpleVocabGz is null;

    /// <summary>Paths of all that are there.</summary>
    internal IEnumerable<string> All => new[] { VocabJson, MergesTxt, TokenizerJson, SimpleVocabGz, SentencePiece, VocabTxt, Config }
        .OfType<string>();

    /// <summary>Path of a SentencePiece model (<c>spiece.model</c>, <c>sentencepiece.bpe.model</c> or <c>tokenizer.model</c>).</summary>
    public string? SentencePiece { get; init; }

    /// <summary>Path of BERT's <c>vocab.txt</c>: words and parts of words, one a line.</summary>
    public string? VocabTxt { get; init; }

    /// <summary>Path of Hugging Face's <c>tokenizer_config.json</c>.</summary>
    public string? Config { get; init; }

    /// <summary>The name of a SentencePiece model whose ids are not the tokens' own (XLM-RoBERTa, XLM-V).</summary>
    internal const string XlmRobertaModel = "sentencepiece.bpe.model";

    /// <summary>The files in a folder.</summary>
    internal static TokenizerFiles In(string folder)
    {
        string? vocab = Find("vocab.json"), merges = Find("merges.txt");
        bool both = vocab is not null && merges is not null;
        return new(both ? vocab : null, both ? merges : null, Find("tokenizer.json"), Find("bpe_simple_vocab_16e6.txt.gz"))
        {
            SentencePiece = Find("spiece.model") ?? Find(XlmRobertaModel) ?? Find("tokenizer.model"),
            VocabTxt = Find("vocab.txt"),
            Config = Find("tokenizer_config.json"),
        };

        string? Find(string name) => File.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : null;
    }
}
