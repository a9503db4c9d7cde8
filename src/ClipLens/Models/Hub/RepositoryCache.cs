using System.Text.RegularExpressions;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;

namespace ClipLens.Models.Hub;

/// <summary>
/// A repository's place in the cache of Hugging Face's tools: <c>blobs</c> under the names of their contents, <c>snapshots</c> of commits
/// whose files are links to blobs, <c>refs</c> that say which commit a branch or tag was when it was last fetched.
/// </summary>
/// <param name="root">The cache's folder.</param>
/// <param name="repository">The repository: owner, slash, name.</param>
/// <param name="useLinks">Whether snapshots are made of links.</param>
internal sealed partial class RepositoryCache(string root, string repository, bool useLinks = true)
{
    private const int CommitLength = 40;

    private readonly string name = HubFolder.Prefix + repository.Replace("/", "--");

    /// <summary>Owners and names of the repositories of models in the cache, sorted.</summary>
    public static IEnumerable<string> Repositories(string root) => !Directory.Exists(root) ? []
        : Directory.GetDirectories(root, HubFolder.Prefix + "*--*").Select(folder => Path.GetFileName(folder)[HubFolder.Prefix.Length..])
            .Select(name => name.Replace("--", "/")).Order(StringComparer.Ordinal);

    /// <summary>The commits whose files are in the cache, or some of them.</summary>
    public IEnumerable<string> Commits() => !Directory.Exists(Path.Combine(Folder, HubFolder.Snapshots)) ? []
        : Directory.GetDirectories(Path.Combine(Folder, HubFolder.Snapshots)).Select(folder => Path.GetFileName(folder));

    /// <summary>The repository's folder.</summary>
    public string Folder => Path.Combine(root, name);

    /// <summary>The file of a content.</summary>
    public string Blob(string etag) => Path.Combine(Folder, "blobs", etag);

    /// <summary>The lock that every tool takes before it fetches a content.</summary>
    public string Lock(string etag) => Path.Combine(root, ".locks", name, etag + ".lock");

    /// <summary>The folder of a commit's files.</summary>
    public string Snapshot(string commit) => Path.Combine(Folder, HubFolder.Snapshots, commit);

    /// <summary>The commit that a revision was when it was last fetched; null if it never was.</summary>
    public string? Commit(string revision)
    {
        if (Directory.Exists(Snapshot(revision))) return revision;
        string file = Path.Combine([Folder, "refs", .. revision.Split('/')]);
        string commit = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
        return IsPlain(commit) && Directory.Exists(Snapshot(commit)) ? commit : null;
    }

    /// <summary>Names of the files of a commit that are there, whole.</summary>
    public IReadOnlyList<string> Files(string commit)
    {
        string folder = Snapshot(commit);
        return !Directory.Exists(folder) ? []
            : [.. Directory.GetFiles(folder).Where(IsThere).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
    }

    /// <summary>Records which commit a branch or tag is.</summary>
    public void SetRef(string revision, string commit)
    {
        if (revision == commit) return;
        string file = Path.Combine([Folder, "refs", .. revision.Split('/')]), own = OwnName(file);
        AtomicFile.Write(own, System.Text.Encoding.ASCII.GetBytes(commit));
        File.Move(own, file, overwrite: true);
    }

    /// <summary>
    /// Makes a content a file of a commit: by a link, as it is relative to the cache; where there are no links by a copy, or by moving a
    /// content that is <paramref name="isNew"/> and so nobody else's.
    /// </summary>
    public void Link(string commit, string file, string etag, bool isNew)
    {
        string link = Path.Combine(Snapshot(commit), file), blob = Blob(etag);
        if (IsThere(link)) return;
        Directory.CreateDirectory(Snapshot(commit));
        if (useLinks && TryLink(link, Path.Combine("..", "..", "blobs", etag))) return;
        string partial = FileErrors.PartialPath(link);
        if (!isNew) File.Copy(blob, partial, overwrite: true);
        File.Move(isNew ? blob : partial, link, overwrite: true);
    }

    /// <summary>Whether a name from a server can be one of a file, and of nothing elsewhere.</summary>
    public static bool IsPlain(string name) => name.Length <= 255 && PlainName().IsMatch(name);

    public static bool IsCommit(string revision) => revision.Length == CommitLength && revision.All(char.IsAsciiHexDigit);

    /// <summary>Whether a file is there, also behind a link; of a link that leads nowhere the system itself says that it is.</summary>
    private static bool IsThere(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && (file.LinkTarget is null || file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true });
    }

    /// <summary>A name that nobody else writes under: another process may be making or reading the same file.</summary>
    private static string OwnName(string path) => $"{path}.{Guid.NewGuid():n}";

    // Windows lets only some users make links.
    private static bool TryLink(string link, string target)
    {
        string own = OwnName(link);
        try
        {
            File.CreateSymbolicLink(own, target);
            File.Move(own, link, overwrite: true);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return IsThere(link);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][\w.+=-]*$")]
    private static partial Regex PlainName();
}
