using System.Text.RegularExpressions;
using ClipLens.Files;

namespace ClipLens.Models.Hub;

/// <summary>What someone means who names a model: a checkpoint on disk, one of OpenAI's files, or a repository of the hub.</summary>
internal abstract partial record ModelName
{
    /// <summary>The revision that is meant where none is named.</summary>
    public const string Main = "main";

    private const string HubPrefix = "hf-hub:", FolderPrefix = "local-dir:";
    private const int NamesShown = 4;

    /// <summary>A checkpoint on disk, which need not be there.</summary>
    public sealed record OnDisk(string Path) : ModelName;

    /// <summary>A file that OpenAI published.</summary>
    public sealed record OfOpenAi(OpenAiModel Model) : ModelName;

    /// <summary>A repository of the hub.</summary>
    /// <param name="Id">Owner, slash, name.</param>
    /// <param name="Revision">A branch, a tag or a commit.</param>
    /// <param name="Known">open_clip's name for it, where that was given.</param>
    public sealed record OfHub(string Id, string Revision, KnownModel? Known) : ModelName
    {
        /// <summary>The name to show and to write down.</summary>
        public string Shown => (Known?.Name ?? Id) + (Revision == Main ? "" : $"@{Revision}");
    }

    /// <summary>Reads a name. Whatever is on disk under it comes first.</summary>
    /// <exception cref="ClipLensException">It is no name of a model, but near one; or the model is of a family that is not
    /// supported.</exception>
    public static ModelName Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        if (text.StartsWith(FolderPrefix, StringComparison.Ordinal)) return new OnDisk(text[FolderPrefix.Length..]);
        if (File.Exists(text) || Directory.Exists(text)) return new OnDisk(text);
        if (KnownModels.OpenAi.FirstOrDefault(own => own.Name == text) is { } openAi)
            return Supported(text, openAi.Family, new OfOpenAi(openAi));
        bool isOfHub = text.StartsWith(HubPrefix, StringComparison.Ordinal);
        var (name, revision) = Split(isOfHub ? text[HubPrefix.Length..] : text);
        if (!isOfHub && KnownModels.Find(name) is { } known) return OfTable(text, known, revision);
        if (!isOfHub && OnlyWeights(name) is { } only) return OfTable(text, only, revision);
        if (RepositoryId().IsMatch(name) && !IsPath(text))
            return Supported(text, KnownModels.FamilyOfRepository(name), new OfHub(name, revision, null));
        if (isOfHub) throw new ClipLensException($"{text} names no repository of the hub; write its owner, a slash and its name.");
        return IsPath(text) || Near(text) is not { } near ? new OnDisk(text)
            : throw new ClipLensException($"There is no model {text}, nor such a file or folder; perhaps {near} was meant.");
    }

    /// <summary>Whether a text can be the name of a repository, with an owner or, as old ones, without.</summary>
    public static bool IsRepository(string text) => RepositoryId().IsMatch(text) || RepositoryCache.IsPlain(text);

    /// <summary>Names that are written much like this one; null if there are none.</summary>
    public static string? Near(string text)
    {
        string name = text.StartsWith(HubPrefix, StringComparison.Ordinal) ? text[HubPrefix.Length..] : text;
        var names = KnownModels.OpenClip.SelectMany(known => new[] { known.Name, known.Architecture, known.Repository })
            .Concat(KnownModels.OpenAi.Select(own => own.Name));
        var near = NearestNames.Find(Split(name).Name, names, NamesShown, mostLetters: 6);
        return near.Count == 0 ? null : string.Join(" or ", near);
    }

    private static ModelName OfTable(string text, KnownModel known, string revision) =>
        Supported(text, known.Family, new OfHub(string.Join('/', known.Repository.Split('/').Take(2)), revision, known));

    /// <summary>The weights of an architecture that has no others, given without their tag.</summary>
    private static KnownModel? OnlyWeights(string name)
    {
        var all = KnownModels.WeightsOf(name);
        if (all.Count == 0 && name.Contains('/') && KnownModels.WeightsOf(name[..name.LastIndexOf('/')]) is { Count: > 0 } others)
            throw new ClipLensException($"{others[0].Architecture} has no weights {name[(name.LastIndexOf('/') + 1)..]}; it has "
                + $"{Tags(others, int.MaxValue)}.");
        if (all.Count > 1)
            throw new ClipLensException($"{name} comes with several weights ({Tags(all, NamesShown)}); say which, as in {all[0].Name}.");
        return all is [var only] ? only : null;
    }

    private static string Tags(IReadOnlyList<KnownModel> models, int most) =>
        string.Join(", ", models.Take(most).Select(known => known.Tag)) + (models.Count > most ? ", ..." : "");

    private static ModelName Supported(string text, ModelFamily? family, ModelName name) => family is null or { IsSupported: true } ? name
        : throw new ClipLensException($"{text} is of the family {family.Name}, {family.Tower}, which is not supported; "
            + "take another model, such as ViT-B-32/openai.");

    private static (string Name, string Revision) Split(string text)
    {
        int at = text.LastIndexOf('@');
        return at > 0 && RevisionName().IsMatch(text[(at + 1)..]) ? (text[..at], text[(at + 1)..]) : (text, Main);
    }

    /// <summary>Whether a text looks like a path and like no name.</summary>
    private static bool IsPath(string text) => text[0] is '.' or '/' or '~' || text.Contains('\\') || Path.IsPathRooted(text)
        || text.Count(c => c == '/') > 1 && !text.Contains('@') || WeightFile().IsMatch(text);

    // As the hub allows them: no name begins or ends with a dot or a dash.
    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9_](?!.*(--|\.\.))[\w.-]*(?<![.-])$")]
    private static partial Regex RepositoryId();

    [GeneratedRegex(@"^[A-Za-z0-9][\w./-]*$(?<!\.\..*)")]
    private static partial Regex RevisionName();

    [GeneratedRegex(@"\.(safetensors|bin|pt|pth|ckpt|json)$", RegexOptions.IgnoreCase)]
    private static partial Regex WeightFile();
}
