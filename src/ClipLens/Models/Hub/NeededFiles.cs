using ClipLens.Models.Checkpoints;

namespace ClipLens.Models.Hub;

/// <summary>Which of a repository's files make a model: one copy of the weights, their config, the tokenizer.</summary>
/// <param name="Weights">The weight file, or the index of its shards.</param>
/// <param name="Config">The config; null where there is none.</param>
/// <param name="Others">Files beside them that say how texts and images are read.</param>
internal sealed record NeededFiles(string Weights, string? Config, IReadOnlyList<string> Others)
{
    private static readonly string[] Configs = ["open_clip_config.json", "config.json"];

    private static readonly string[] Small =
    [
        "preprocessor_config.json", "processor_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "vocab.json", "merges.txt", "tokenizer.model", "spiece.model", TokenizerFiles.XlmRobertaModel,
    ];

    // In the order in which a tokenizer is read.
    private static readonly string[] Tokenizers = ["tokenizer.json", "spiece.model", TokenizerFiles.XlmRobertaModel, "tokenizer.model",
        Words];

    private static readonly string[] SpecialTokens = ["tokenizer_config.json", "special_tokens_map.json"];

    private const string Words = "vocab.txt";

    /// <summary>The config and the small files.</summary>
    public IEnumerable<string> BesideWeights => Config is null ? Others : Others.Prepend(Config);

    /// <summary>Chooses, as a checkpoint's folder is read: open_clip's own weights before others, safetensors before pickles.</summary>
    /// <param name="names">Names of the files that there are.</param>
    /// <returns>The choice; null where there are no weights among them.</returns>
    public static NeededFiles? Among(IReadOnlyCollection<string> names) =>
        CheckpointFiles.UsualNames.FirstOrDefault(names.Contains) is { } weights
            ? new(weights, Configs.FirstOrDefault(names.Contains),
            [.. Small.Where(names.Contains), .. OfTokenizer(names).Where(Words.Equals)])
            : null;

    /// <summary>The files that make a tokenizer: CLIP's two, or the first of another kind, with what says which tokens are
    /// special.</summary>
    /// <param name="names">Names of the files that there are.</param>
    /// <returns>The choice; empty where there is no tokenizer among them.</returns>
    public static IReadOnlyList<string> OfTokenizer(IReadOnlyCollection<string> names)
    {
        string[] main = names.Contains("vocab.json") && names.Contains("merges.txt") ? ["vocab.json", "merges.txt"]
            : [.. Tokenizers.Where(names.Contains).Take(1)];
        return main.Length == 0 ? [] : [.. main, .. SpecialTokens.Where(names.Contains)];
    }

    /// <summary>What a folder holds of a model, with its shards; null unless its weights and their config are whole.</summary>
    public static NeededFiles? Whole(string folder, IReadOnlyCollection<string> names) => Among(names) is { Config: not null } all
        && all.AllWeights(folder).All(names.Contains) ? all : null;

    /// <summary>The weight files: the one, or the shards that the index in a folder names.</summary>
    public IReadOnlyList<string> AllWeights(string folder) =>
        CheckpointFiles.IsIndex(Weights) ? CheckpointFiles.ShardNames(Path.Combine(folder, Weights)) : [Weights];
}
