using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;

namespace ClipLens.Models.Hub;

/// <summary>
/// The tokenizer of another repository, which a config names where none lies beside the weights: BERT's (CLIPA), XLM-V's (MetaCLIP 2).
/// Python's tools ask for it by its name too, so that it lies in the same cache.
/// </summary>
internal static class NamedTokenizer
{
    /// <summary>The repository to ask; null where the model has all that it needs, or names none.</summary>
    /// <param name="text">The model's text tower.</param>
    /// <param name="there">Names of the files that lie beside the weights.</param>
    public static string? Repository(TextConfig text, IReadOnlyCollection<string> there) =>
        text.Tokenizer == TokenizerKind.OwnFiles && text.TokenizerRepository is { } named && ModelName.IsRepository(named)
        && NeededFiles.OfTokenizer(there).Count == 0 ? named : null;

    /// <summary>The files of the tokenizer in a cache; null where they are not there.</summary>
    /// <param name="cache">The cache's folder.</param>
    /// <param name="repository">The tokenizer's repository.</param>
    public static TokenizerFiles? In(string cache, string repository)
    {
        var own = new RepositoryCache(cache, repository);
        return own.Commit(ModelName.Main) is { } commit && NeededFiles.OfTokenizer(own.Files(commit)).Count > 0
            ? TokenizerFiles.In(own.Snapshot(commit)) : null;
    }

    /// <summary>Whether a model has a tokenizer of its own, or the one that it names is in the cache.</summary>
    public static bool IsThere(string cache, TextConfig text, IReadOnlyCollection<string> beside) =>
        Repository(text, beside) is not { } named || In(cache, named) is not null;

    /// <summary>A checkpoint's tokenizer: the files beside it, else those that its config names, from the cache that it lies in or the
    /// user's own.</summary>
    public static TokenizerFiles Files(Checkpoint checkpoint)
    {
        var beside = checkpoint.Tokenizer;
        if (Repository(checkpoint.Config.Text, [.. beside.All.Select(file => Path.GetFileName(file))]) is not { } named) return beside;
        return (HubFolder.CacheOf(checkpoint.Files.Folder) is { } cache ? In(cache, named) : null)
            ?? In(HubSettings.FromEnvironment().Cache, named) ?? beside;
    }
}
