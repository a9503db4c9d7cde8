using System.Globalization;
using ClipLens.Files;

namespace ClipLens.Models.Hub;

/// <summary>The names by which the field knows its models, from the tables that come with the library (<c>data/README.md</c>).</summary>
public static class KnownModels
{
    private static readonly Dictionary<string, ModelFamily> FamilyOf = EmbeddedTable.Rows("model-families.tsv")
        .Select(row => new ModelFamily(row[0], row[1] == "yes", row[2])).ToDictionary(family => family.Name, StringComparer.Ordinal);

    /// <summary>Families of models, the supported ones among them.</summary>
    public static IReadOnlyList<ModelFamily> Families { get; } = [.. FamilyOf.Values];

    /// <summary>open_clip's names and tags, in its order.</summary>
    public static IReadOnlyList<KnownModel> OpenClip { get; } = [.. EmbeddedTable.Rows("open-clip-models.tsv").Select(row =>
        new KnownModel(row[0], row[1], row[2], FamilyOf[row[3]], Number(row[4]), Number(row[5]), Number(row[6]), Number(row[7])))];

    /// <summary>OpenAI's own names.</summary>
    public static IReadOnlyList<OpenAiModel> OpenAi { get; } = [.. EmbeddedTable.Rows("openai-models.tsv").Select(row =>
        new OpenAiModel(row[0], row[1], row[2], OpenClip.First(known => known.Architecture == row[1]).Family))];

    /// <summary>The weights of a name and a tag, joined by a slash or a colon and written as open_clip takes them; null if there are
    /// none.</summary>
    internal static KnownModel? Find(string name)
    {
        int end = name.LastIndexOfAny(['/', ':']);
        if (end < 0) return null;
        string tag = name[(end + 1)..].ToLowerInvariant().Replace('-', '_');
        return OpenClip.FirstOrDefault(known => known.Architecture == ArchitectureOf(name[..end]) && known.Tag == tag);
    }

    /// <summary>All weights of an architecture.</summary>
    internal static IReadOnlyList<KnownModel> WeightsOf(string architecture) =>
        [.. OpenClip.Where(known => known.Architecture == ArchitectureOf(architecture))];

    /// <summary>The family of a repository of the hub, where a table knows it.</summary>
    internal static ModelFamily? FamilyOfRepository(string repository) =>
        OpenClip.FirstOrDefault(known => known.Repository == repository)?.Family;

    private static string ArchitectureOf(string name) => name.Replace('/', '-');

    private static int? Number(string cell) => cell.Length == 0 ? null : int.Parse(cell, CultureInfo.InvariantCulture);
}
