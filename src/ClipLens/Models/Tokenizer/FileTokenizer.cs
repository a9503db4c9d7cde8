using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using Microsoft.ML.Tokenizers;

namespace ClipLens.Models.Tokenizer;

/// <summary>
/// The tokenizer of a model that brings its own, in SentencePiece's form or Hugging Face's <c>tokenizer.json</c> of such a one: SigLIP's
/// (the likeliest pieces), SigLIP 2's (Gemma's pairs with a fall-back to bytes), MetaCLIP 2's (XLM-V's); or BERT's (CLIPA), from its
/// <c>tokenizer.json</c> or <c>vocab.txt</c>. The text is cleaned as the model's texts were in training; ftfy, which open_clip runs
/// first, is left out, as in <see cref="ClipTokenizer"/>.
/// </summary>
public sealed class FileTokenizer : TextTokenizer
{
    private const int LongestModel = 256 << 20, LongestVocabulary = 16 << 20;
    private const string SiglipEnd = "</s>", GemmaEnd = "<eos>", Padding = "<pad>";

    private readonly Microsoft.ML.Tokenizers.Tokenizer pieces;
    private readonly int? unknownId;
    private bool isXlmRoberta;
    private readonly CleaningKind cleaning;
    private readonly IReadOnlyList<int> before, after;
    private readonly int padId;

    private FileTokenizer(SentencePieceTokenizer pieces, int size, TextConfig config, IReadOnlyList<int> before, IReadOnlyList<int> after,
        int padId) : this((Microsoft.ML.Tokenizers.Tokenizer)pieces, size, config, before, after, padId) => unknownId = pieces.UnknownId;

    private FileTokenizer(Microsoft.ML.Tokenizers.Tokenizer pieces, int size, TextConfig config, IReadOnlyList<int> before,
        IReadOnlyList<int> after, int padId) : base(config.ContextLength)
    {
        (this.pieces, this.before, this.after, this.padId) = (pieces, before, after, padId);
        cleaning = config.Cleaning;
        VocabularySize = size;
    }

    /// <inheritdoc/>
    public override int VocabularySize { get; }

    /// <summary>The tokenizer whose files lie beside a checkpoint.</summary>
    /// <exception cref="ClipLensException">There is none, it is damaged or of another kind, or the text tower has no embedding for some of
    /// its ids.</exception>
    public static new FileTokenizer Load(TokenizerFiles files, TextConfig config)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(config);
        string path = files.TokenizerJson ?? files.SentencePiece ?? files.VocabTxt ?? throw new ClipLensException(
            config.TokenizerRepository is { } repository
            ? $"The model's tokenizer is that of the hub's repository {repository}, and it lies neither beside the weights nor in the "
            + "cache; put that repository's tokenizer.json (or spiece.model) beside them."
            : "The model has a tokenizer of its own, which is not beside its weights; put its tokenizer.json (or spiece.model) there.");
        var tokenizer = path == files.TokenizerJson ? FromJson(path, files, config)
            : path == files.SentencePiece ? FromModel(path, files, config) : Bert(path, WordsIn(path), config);
        return tokenizer.VocabularySize <= config.VocabularySize ? tokenizer : throw new ClipLensException(
            $"{path} has {tokenizer.VocabularySize} tokens and the text tower embeds {config.VocabularySize}; put the tokenizer of this "
            + "checkpoint beside it.");
    }

    /// <inheritdoc/>
    public override int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string cleaned = TextCleaning.Apply(text, cleaning);
        var all = pieces is BertTokenizer bert ? bert.EncodeToIds(PlainLetters.Apply(cleaned), addSpecialTokens: false)
            : pieces.EncodeToIds(cleaned);
        // A stretch that no piece covers is one unknown token, as in SentencePiece; the library gives one a character.
        var found = all.Where((id, place) => id != unknownId || place == 0 || all[place - 1] != id);
        int room = Math.Max(0, ContextLength - before.Count - after.Count);
        int[] ids = new int[ContextLength];
        Array.Fill(ids, padId);
        int at = 0;
        foreach (int id in before.Concat(found.Take(room).Select(IdOf)).Concat(after))
            if (at < ids.Length) ids[at++] = id;
        return ids;
    }

    private int IdOf(int piece) => !isXlmRoberta ? piece : piece == unknownId ? XlmRoberta.Unknown : piece + XlmRoberta.Offset;

    private static FileTokenizer FromJson(string path, TokenizerFiles files, TextConfig config)
    {
        if (PieceVocabulary.WordPieces(path) is { } words) return Bert(path, words, config);
        var vocabulary = PieceVocabulary.Read(path);
        var special = vocabulary.Special;
        string? padding = NameOf(files, "pad_token");
        int padId = special.GetValueOrDefault(padding ?? Padding, config.PadId);
        return new(Open(path, vocabulary.ToModel()), vocabulary.Pieces.Count, config, vocabulary.Before, vocabulary.After, padId);
    }

    private static FileTokenizer Bert(string path, string[] words, TextConfig config)
    {
        int Id(string word) => Array.IndexOf(words, word) is >= 0 and var id ? id
            : throw new ClipLensException($"{path} has no token {word}, as BERT's tokenizers have; get the file again.");
        foreach (string word in new[] { "[UNK]", "[SEP]", "[MASK]" }) Id(word);
        using var lines = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', words)));
        var tokenizer = BertTokenizer.Create(lines, new BertOptions { LowerCaseBeforeTokenization = true });
        // CLIPA's texts end with padding instead of the token that separates texts.
        int pad = Id("[PAD]");
        return new(tokenizer, words.Length, config, [Id("[CLS]")], [config.StripsSeparator ? pad : Id("[SEP]")], pad);
    }

    private static FileTokenizer FromModel(string path, TokenizerFiles files, TextConfig config)
    {
        using var file = new FileBytes(path);
        if (file.Length > LongestModel) throw new ClipLensException($"{path} is too long for a tokenizer's file.");
        // A model without a start token says -1, which the library takes for a place; fields that come later count.
        byte[] noStart = new ProtoWriter().Message(2, new ProtoWriter().Number(41, 1)).ToArray();
        var opened = Open(path, [.. file.Read(0, (int)file.Length), .. noStart]);
        int size = opened.Vocabulary.Values.Max() + 1;
        if (Path.GetFileName(path) == TokenizerFiles.XlmRobertaModel)
            return new(opened, size + XlmRoberta.More, config, [XlmRoberta.Start], [XlmRoberta.End], XlmRoberta.Padding)
            {
                isXlmRoberta = true,
            };
        int end = Find(opened, NameOf(files, "eos_token")) ?? Find(opened, SiglipEnd) ?? Find(opened, GemmaEnd)
            ?? throw new ClipLensException($"{path} has no end token.");
        int padId = Find(opened, NameOf(files, "pad_token")) ?? Find(opened, Padding) ?? config.PadId;
        return new(opened, size, config, [], [end], padId);
    }

    /// <summary>The words of a <c>vocab.txt</c>, by id.</summary>
    private static string[] WordsIn(string path)
    {
        string[] words = System.Text.Encoding.UTF8.GetString(FileErrors.ReadAll(path, LongestVocabulary)).TrimEnd('\n').Split('\n');
        return [.. words.Select(word => word.TrimEnd('\r'))];
    }

    private static SentencePieceTokenizer Open(string path, byte[] model)
    {
        try
        {
            using var stream = new MemoryStream(model);
            return SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new ClipLensException($"{path} is no tokenizer that can be read ({error.Message.TrimEnd('.')}); get the file again.",
                error);
        }
    }

    private static int? Find(SentencePieceTokenizer pieces, string? name) =>
        name is not null && pieces.Vocabulary.TryGetValue(name, out int id) ? id : null;

    // A name, or an object that has it.
    private static string? NameOf(TokenizerFiles files, string token) => files.Config is not { } path ? null : JsonFile.Read(path, root =>
    {
        if (root.ValueKind != System.Text.Json.JsonValueKind.Object || !root.TryGetProperty(token, out var found)) return null;
        return found.ValueKind switch
        {
            System.Text.Json.JsonValueKind.String => found.GetString(),
            System.Text.Json.JsonValueKind.Object when found.TryGetProperty("content", out var name) => name.ToString(),
            _ => null,
        };
    });

    /// <summary>The ids of XLM-RoBERTa and XLM-V: four that stand before the pieces take the place of the model's first three, and the
    /// mask stands behind them.</summary>
    private static class XlmRoberta
    {
        public const int Start = 0, Padding = 1, End = 2, Unknown = 3, Offset = 1, More = 2;
    }
}
