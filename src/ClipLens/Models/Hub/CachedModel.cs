using ClipLens.Models.Configuration;

namespace ClipLens.Models.Hub;

/// <summary>A model that is in a cache, whole.</summary>
/// <param name="Name">The hub's repository, or OpenAI's name.</param>
/// <param name="Bytes">Bytes of its weights.</param>
public sealed record CachedModel(string Name, long Bytes)
{
    /// <summary>The model of a repository in the cache; null if it is not whole at any commit, or is no model of images and
    /// texts.</summary>
    internal static CachedModel? In(HubSettings settings, string repository)
    {
        var cache = new RepositoryCache(settings.Cache, repository);
        foreach (string commit in cache.Commits())
        {
            string folder = cache.Snapshot(commit);
            if (NeededFiles.Whole(folder, cache.Files(commit)) is not { } files || !IsUsable(settings, repository, folder, files)) continue;
            return new(repository, files.AllWeights(folder).Sum(file => Length(Path.Combine(folder, file))));
        }
        return null;
    }

    private static bool IsUsable(HubSettings settings, string repository, string folder, NeededFiles files)
    {
        try
        {
            return NamedTokenizer.IsThere(settings.Cache, ConfigFile.Read(Path.Combine(folder, files.Config!), Activation.Gelu).Text,
                files.Others);
        }
        catch (ClipLensException)
        {
            // A model that a table knows by name is listed with what is said of its family.
            return KnownModels.FamilyOfRepository(repository) is not null;
        }
    }

    private static long Length(string file) =>
        new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : new FileInfo(file).Length;
}
