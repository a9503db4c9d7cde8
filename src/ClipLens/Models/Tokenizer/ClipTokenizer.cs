using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using Microsoft.ML.Tokenizers;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// CLIP's tokenizer: a text becomes the fixed number of ids that the text tower reads. The ids equal those of OpenAI's and
/// open_clip's Python tokenizers, with one exception: those repair mis-decoded text with the package ftfy first (curly quotes
/// become straight, full-width letters narrow, "cafÃ©" "café"), and this one takes a text as it is.
/// Instances are immutable and may be used by several threads.
/// </summary>
public sealed class ClipTokenizer : TextTokenizer
{
    private readonly BpeTokenizer encoding;
    private readonly IReadOnlyDictionary<string, int> specialTokens;
    private readonly string[] specialNames;

    private ClipTokenizer(BytePairVocabulary vocabulary, int contextLength) : base(contextLength)
    {
        encoding = Encoding(vocabulary);
        specialTokens = vocabulary.SpecialTokens;
        specialNames = [.. specialTokens.Keys];
        (StartId, EndId) = (vocabulary.StartId, vocabulary.EndId);
        VocabularySize = vocabulary.Ids.Values.Max() + 1;
    }

    /// <inheritdoc/>
    public override int VocabularySize { get; }

    /// <summary>Id of the token before every text.</summary>
    public int StartId { get; }

    /// <summary>Id of the token after every text.</summary>
    public int EndId { get; }

    /// <summary>The tokenizer of a checkpoint: from its own files, or OpenAI's where it has none.</summary>
    /// <exception cref="ClipLensException">A file is damaged, or the text tower has no embedding for some of the ids.</exception>
    public static new ClipTokenizer Load(TokenizerFiles files, TextConfig config)
    {
        var vocabulary = files switch
        {
            { VocabJson: { } vocab, MergesTxt: { } merges } => VocabularyFiles.VocabAndMerges(vocab, merges),
            { TokenizerJson: { } json } => VocabularyFiles.TokenizerJson(json),
            { SimpleVocabGz: { } packed } => VocabularyFiles.SimpleVocabGz(packed, config.VocabularySize),
            _ => VocabularyFiles.Embedded(),
        };
        var tokenizer = new ClipTokenizer(vocabulary, config.ContextLength);
        return tokenizer.VocabularySize <= config.VocabularySize ? tokenizer : throw new ClipLensException(
            $"{vocabulary.Source} has {tokenizer.VocabularySize} tokens and the text tower embeds {config.VocabularySize}; "
            + "put the tokenizer's files (vocab.json and merges.txt) of this checkpoint beside it.");
    }

    /// <summary>The tokenizer of OpenAI's CLIP, for a checkpoint that comes without one.</summary>
    /// <param name="contextLength">Ids a text becomes.</param>
    public static ClipTokenizer Default(int contextLength = 77) => new(VocabularyFiles.Embedded(), contextLength);

    /// <summary>From Hugging Face's <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <exception cref="ClipLensException">A file is missing, damaged or does not fit the other.</exception>
    public static ClipTokenizer FromVocabAndMerges(string vocabPath, string mergesPath, int contextLength) =>
        new(VocabularyFiles.VocabAndMerges(vocabPath, mergesPath), contextLength);

    /// <summary>From Hugging Face's <c>tokenizer.json</c>.</summary>
    /// <exception cref="ClipLensException">The file is missing, damaged or holds another kind of tokenizer.</exception>
    public static ClipTokenizer FromTokenizerJson(string path, int contextLength) =>
        new(VocabularyFiles.TokenizerJson(path), contextLength);

    /// <summary>From OpenAI's <c>bpe_simple_vocab_16e6.txt.gz</c>.</summary>
    /// <exception cref="ClipLensException">The file is missing, damaged or too short.</exception>
    public static ClipTokenizer FromSimpleVocabGz(string path, int contextLength, int vocabularySize = BytePairVocabulary.ClipSize) =>
        new(VocabularyFiles.SimpleVocabGz(path, vocabularySize), contextLength);

    private static BpeTokenizer Encoding(BytePairVocabulary vocabulary)
    {
        try
        {
            return BpeTokenizer.Create(new BpeOptions(vocabulary.Ids)
            {
                Merges = vocabulary.Merges,
                EndOfWordSuffix = ByteSymbols.EndOfWord
            });
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ClipLensException($"{vocabulary.Source} is no tokenizer of CLIP's ({error.Message.TrimEnd('.')}); get the "
                + "tokenizer's files again.", error);
        }
    }

    /// <summary>The ids of one text: start, its tokens, end, zeros. A longer text is cut and still ends with the end token.</summary>
    /// <returns><see cref="TextTokenizer.ContextLength"/> ids.</returns>
    public override int[] Encode(string text)
    {
        int[] ids = new int[ContextLength];
        ids[0] = StartId;
        int count = 1;
        string cleaned = TextCleaning.Apply(text);
        foreach (var (start, length) in WordSplitter.Split(cleaned, specialNames))
        {
            if (count >= ContextLength - 1) break;
            foreach (int id in WordIds(cleaned.Substring(start, length)))
            {
                if (count < ContextLength - 1) ids[count++] = id;
            }
        }
        ids[count] = EndId;
        return ids;
    }

    private IReadOnlyList<int> WordIds(string word) => specialTokens.TryGetValue(word, out int id) ? [id]
        : encoding.EncodeToIds(ByteSymbols.FromText(word), considerPreTokenization: false, considerNormalization: false);
}
