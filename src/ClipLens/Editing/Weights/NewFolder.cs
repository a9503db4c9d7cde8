using ClipLens.Files;

namespace ClipLens.Editing.Weights;

/// <summary>A folder that is there whole or not at all: it is filled under another name and renamed.</summary>
internal sealed class NewFolder : IDisposable
{
    private const string LockFile = ".lock";
    private readonly string target;
    private FolderLock? held;

    private NewFolder(string target, FolderLock held) => (this.target, this.held) = (target, held);

    /// <summary>Where it is filled.</summary>
    public string Path => FileErrors.PartialPath(target);

    /// <summary>Makes sure that nothing is there, before any work for it.</summary>
    /// <exception cref="ClipLensException">There is something already.</exception>
    public static void RefuseTaken(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new ClipLensException($"The output {path} is there already; give a new folder, or remove it first.");
    }

    /// <summary>Begins a folder; what an interrupted call left is removed.</summary>
    /// <exception cref="ClipLensException">There is something already, another process is at work there, or it cannot be made.</exception>
    public static NewFolder Begin(string path)
    {
        string target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)),
            partial = FileErrors.PartialPath(target);
        RefuseTaken(path);
        try
        {
            string mark = System.IO.Path.Combine(partial, LockFile);
            if (File.Exists(partial) || (Directory.Exists(partial) && !File.Exists(mark)
                && Directory.EnumerateFileSystemEntries(partial).Any()))
                throw new ClipLensException(
                $"{partial} is in the way and is nothing that an edit left; remove it, or give another output.");
            Directory.CreateDirectory(partial);
            var held = FolderLock.Take(mark)
                ?? throw new ClipLensException($"Another edit is at work in {partial}; wait until it ends, or give another output.");
            foreach (string file in Directory.GetFiles(partial).Where(file => file != mark)) File.Delete(file);
            foreach (string folder in Directory.GetDirectories(partial)) Directory.Delete(folder, recursive: true);
            return new(target, held);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    /// <summary>Gives the folder its name.</summary>
    public void Complete()
    {
        try
        {
            File.Delete(System.IO.Path.Combine(Path, LockFile));
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(Path, target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotWrite(target, error);
        }
        held?.Dispose();
        held = null;
    }

    /// <summary>Removes what was filled, unless it was completed.</summary>
    public void Dispose()
    {
        if (held is null) return;
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is what is told; the next call removes the rest.
        }
        held.Dispose();
        held = null;
    }
}
