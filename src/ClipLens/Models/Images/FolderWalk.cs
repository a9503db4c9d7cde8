namespace ClipLens.Models.Images;

/// <summary>
/// Collects the files of a folder and the folders beneath it. Links to folders are followed, as datasets are often linked together; one
/// that leads back to a folder it lies in is not, or the walk would go round for ever.
/// </summary>
internal sealed class FolderWalk(Func<string, bool> wanted)
{
    private readonly List<ImageEntry> found = [];
    private readonly HashSet<string> above = [];

    /// <summary>Files that were seen and not wanted.</summary>
    public int OtherFiles { get; private set; }

    /// <summary>The wanted files in no particular order, named relative to <paramref name="folder"/>.</summary>
    public List<ImageEntry> Run(string folder)
    {
        var top = new DirectoryInfo(Path.GetFullPath(folder));
        Visit(top, RealPath(top, Path.GetDirectoryName(top.FullName) ?? ""), "");
        return found;
    }

    private void Visit(DirectoryInfo folder, string realPath, string prefix)
    {
        if (!above.Add(realPath)) return;
        foreach (FileSystemInfo item in folder.EnumerateFileSystemInfos())
        {
            if ((item.Attributes & FileAttributes.Hidden) != 0) continue;
            if (item is DirectoryInfo child) Visit(child, RealPath(child, realPath), prefix + child.Name + "/");
            else if (wanted(item.Name)) found.Add(new ImageEntry(prefix + item.Name, item.FullName));
            else OtherFiles++;
        }
        above.Remove(realPath);
    }

    private static string RealPath(DirectoryInfo folder, string realParent) =>
        folder.LinkTarget is null ? Path.Combine(realParent, folder.Name)
            : folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName;
}
