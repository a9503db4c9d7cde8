using ClipLens.Files;
using ClipLens.Models.Images.Formats;

namespace ClipLens.Models.Images;

/// <summary>
/// Collects the images of a folder and the folders beneath it. Links to folders are followed, as datasets are often linked together, but
/// each real folder is read once, whatever leads to it: links may go round in circles, or double what they lead to again and again.
/// </summary>
internal sealed class FolderWalk
{
    private readonly List<ImageEntry> found = [];
    private readonly HashSet<string> seen = [];
    private readonly Queue<(DirectoryInfo Folder, string RealPath, string Prefix)> links = new();
    private readonly Dictionary<string, int> leftOut = [];

    /// <summary>Files that are no images.</summary>
    public int OtherFiles { get; private set; }

    /// <summary>What was left out, by reason, the most frequent first.</summary>
    public IReadOnlyList<LeftOutFiles> LeftOut =>
        [.. leftOut.OrderByDescending(reason => reason.Value).ThenBy(reason => reason.Key, StringComparer.Ordinal)
        .Select(reason => new LeftOutFiles(reason.Value, reason.Key))];

    /// <summary>The images in no particular order, named relative to <paramref name="folder"/>.</summary>
    /// <exception cref="IOException">The folder itself cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public List<ImageEntry> Run(string folder)
    {
        var top = new DirectoryInfo(Path.GetFullPath(folder));
        string real = RealPath(top.FullName);
        Read(top, real, "", Items(top));
        // After all that is really there, so that this keeps its own names.
        while (links.TryDequeue(out var link)) Visit(link.Folder, link.RealPath, link.Prefix);
        return found;
    }

    private void Visit(DirectoryInfo folder, string realPath, string prefix)
    {
        if (seen.Contains(realPath))
        {
            LeaveOut("link to a folder that is there already", "links to folders that are there already");
            return;
        }
        FileSystemInfo[] items;
        try
        {
            items = Items(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LeaveOut("unreadable folder", "unreadable folders");
            return;
        }
        Read(folder, realPath, prefix, items);
    }

    private static FileSystemInfo[] Items(DirectoryInfo folder) =>
        [.. folder.EnumerateFileSystemInfos().OrderBy(item => item.Name, StringComparer.Ordinal)];

    private void Read(DirectoryInfo folder, string realPath, string prefix, FileSystemInfo[] items)
    {
        seen.Add(realPath);
        foreach (FileSystemInfo item in items)
        {
            // .NET cannot open such a name, and takes it for hidden.
            if (item.Name.Contains('\uFFFD') && !File.Exists(item.FullName) && !Directory.Exists(item.FullName))
                LeaveOut("name that is not UTF-8", "names that are not UTF-8");
            else if ((item.Attributes & FileAttributes.Hidden) != 0) continue;
            else if (item is not DirectoryInfo child) ReadFile(item, prefix);
            else if (child.LinkTarget is null) Visit(child, Path.Combine(realPath, child.Name), prefix + child.Name + "/");
            else links.Enqueue((child, RealPath(child.FullName), prefix + child.Name + "/"));
        }
    }

    private void ReadFile(FileSystemInfo file, string prefix)
    {
        bool isNamed = PictureKind.HasReadableName(file.Name);
        if (FileKind.Special(file.FullName) is { } special)
        {
            string kind = special[(special.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            LeaveOut(kind, kind + "s");
            return;
        }
        ReadOnlySpan<byte> start = isNamed ? [] : PictureKind.Start(file.FullName);
        if (isNamed || PictureKind.IsReadable(start)) found.Add(new ImageEntry(prefix + file.Name, file.FullName));
        else if (PictureKind.HasForeignName(file.Name) || PictureKind.Unsupported(start) is not null)
            LeaveOut((Path.GetExtension(file.Name).ToLowerInvariant() is { Length: > 0 } ending ? ending : PictureKind.Unsupported(start)!)
            + " (not supported)");
        else OtherFiles++;
    }

    private void LeaveOut(string one, string? several = null)
    {
        // Counted under the plural from the second on.
        several ??= one;
        int count = 1 + leftOut.GetValueOrDefault(one) + (one == several ? 0 : leftOut.GetValueOrDefault(several));
        leftOut.Remove(one);
        leftOut[count == 1 ? one : several] = count;
    }

    /// <summary>The path without any links in it.</summary>
    private static string RealPath(string path)
    {
        string real = Path.GetPathRoot(path)!;
        foreach (string part in Path.GetRelativePath(real, path).Split(Path.DirectorySeparatorChar))
        {
            real = Path.Combine(real, part);
            try
            {
                // The target may have links before its last part.
                if (new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target) real = RealPath(target.FullName);
            }
            catch (IOException)
            {
                // Links in a circle lead nowhere.
                return path;
            }
        }
        return real;
    }
}
