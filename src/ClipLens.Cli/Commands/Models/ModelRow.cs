using ClipLens.Models.Hub;

namespace ClipLens.Cli.Commands.Models;

/// <summary>A name that a model can be given by.</summary>
/// <param name="Group">The architecture, or where the name is from.</param>
/// <param name="Name">The name.</param>
/// <param name="Short">The name within its group.</param>
/// <param name="Repository">The hub's repository; empty for a file of OpenAI's.</param>
/// <param name="Family">The family; null where it is not known by name.</param>
/// <param name="Tower">Size of the images and of the image tower, in words.</param>
/// <param name="Bytes">Bytes of its files on this machine; null if it is not there.</param>
internal sealed record ModelRow(string Group, string Name, string Short, string Repository, ModelFamily? Family, string Tower, long? Bytes)
{
    public const string OpenAi = "OpenAI's own files", Others = "Others in the cache";

    /// <summary>All names: open_clip's, OpenAI's, and repositories in the cache that have neither.</summary>
    public static IReadOnlyList<ModelRow> All(IReadOnlyDictionary<string, CachedModel> there)
    {
        var openClip = KnownModels.OpenClip.Select(known => new ModelRow(known.Architecture, known.Name, known.Tag, known.Repository,
            known.Family, TowerOf(known), there.GetValueOrDefault(known.Repository)?.Bytes));
        var openAi = KnownModels.OpenAi.Select(own => new ModelRow(OpenAi, own.Name, own.Name, "", own.Family,
            TowerOf(KnownModels.OpenClip.First(known => known.Architecture == own.Architecture)),
            there.GetValueOrDefault(own.Name)?.Bytes));
        var named = KnownModels.OpenClip.Select(known => known.Repository).Concat(KnownModels.OpenAi.Select(own => own.Name)).ToHashSet();
        var others = there.Values.Where(model => !named.Contains(model.Name)).OrderBy(model => model.Name, StringComparer.Ordinal)
            .Select(model => new ModelRow(Others, model.Name, model.Name, model.Name, null, "", model.Bytes));
        return [.. openClip, .. openAi, .. others];
    }

    /// <summary>Whether the name, the repository or the family has all of these words in it.</summary>
    public bool Matches(IEnumerable<string> words) => words.All(word =>
        $"{Name} {Repository} {Family?.Name}".Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string TowerOf(KnownModel known) => known.Family.Name == "CLAP" ? ""
        : $"{known.ImageSize} px{(known.Layers is null ? "" : $", {known.Layers} layers of {known.Width}")}";
}
