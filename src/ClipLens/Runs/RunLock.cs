using ClipLens.Files;

namespace ClipLens.Runs;

/// <summary>Keeps other processes from working on the same run.</summary>
internal static class RunLock
{
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
