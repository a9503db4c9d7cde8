using ClipLens.Files;

namespace ClipLens.Runs.Storage;

/// <summary>Keeps other processes from working on the same run.</summary>
internal static class RunLock
{
    /// <summary>Makes the folder of a part of a run if need be and takes its lock; other parts may be worked on meanwhile.</summary>
    /// <exception cref="ClipLensException">The path is a file, cannot be written to, or another process works on the part.</exception>
    public static FolderLock TakePart(string run, string folder)
    {
        if (File.Exists(run)) throw new ClipLensException($"The output {run} is a file; give a folder for the run, which may be new.");
        try
        {
            Directory.CreateDirectory(folder);
            // Other parts come and go meanwhile, so no more than this part's own folders is looked at.
            foreach (var own in new[] { Directory.GetParent(folder)!, new DirectoryInfo(folder) })
                if (own.LinkTarget is not null)
                    throw new ClipLensException($"{own.FullName} is a link, which a run has not; put what it leads to in its place.");
            return FolderLock.Take(RunFiles.Lock(folder))
                ?? throw new ClipLensException($"Another process is working on the part {folder}; wait until it ends.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The run {run} cannot be written to ({error.Message.TrimEnd('.')}); give another folder or "
                + "change its permissions.", error);
        }
    }

    /// <summary>Makes the run's folder if need be and takes the lock.</summary>
    /// <exception cref="ClipLensException">The path is a file, cannot be written to, or another process works on the run.</exception>
    public static FolderLock Take(string run)
    {
        if (File.Exists(run)) throw new ClipLensException($"The output {run} is a file; give a folder for the run, which may be new.");
        try
        {
            Directory.CreateDirectory(run);
            RunFiles.CheckInside(run);
            return FolderLock.Take(RunFiles.Lock(run))
                ?? throw new ClipLensException($"Another process is working on the run {run}; wait until it ends, or give another output.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The run {run} cannot be written to ({error.Message.TrimEnd('.')}); give another folder or "
                + "change its permissions.", error);
        }
    }
}
