using ClipLens.Files;

namespace ClipLens.Models.Checkpoints;

/// <summary>What the place of a folder in the cache of Hugging Face's tools tells: <c>models--owner--name/snapshots/commit</c>.</summary>
internal static class HubFolder
{
    /// <summary>What stands before a repository's name, and the folder of its snapshots.</summary>
    public const string Prefix = "models--", Snapshots = "snapshots";

    private static readonly Lazy<HashSet<string>> QuickGelu = new(() => EmbeddedTable.Rows("open-clip-models.tsv")
        .Where(row => row[8] == "yes").Select(row => row[2]).ToHashSet(StringComparer.Ordinal));

    /// <summary>The repository that a folder is a snapshot of; null if it is none.</summary>
    public static string? RepositoryOf(string folder) => Owner(folder)?.Name[Prefix.Length..].Replace("--", "/");

    /// <summary>The cache that a folder is a snapshot in; null if it is none.</summary>
    public static string? CacheOf(string folder) => Owner(folder)?.Parent?.FullName;

    /// <summary>
    /// Whether open_clip's table says that a repository's weights were trained with QuickGELU. Some (DFN2B's) have a config that does not
    /// say it.
    /// </summary>
    public static bool IsQuickGelu(string folder) => RepositoryOf(folder) is { } repository && QuickGelu.Value.Contains(repository);

    private static DirectoryInfo? Owner(string folder) => Directory.GetParent(Path.GetFullPath(folder)) is
    { Name: Snapshots, Parent: { } owner } && owner.Name.StartsWith(Prefix, StringComparison.Ordinal) ? owner : null;
}
