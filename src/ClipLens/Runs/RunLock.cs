namespace ClipLens.Runs;

/// <summary>
/// Keeps other processes from working on the same run: a file that is held open. The system lets go of it when the process ends, however it
/// ends; the empty file stays, because removing it would let a third process lock another file of the same name.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream held;

    private RunLock(FileStream held) => this.held = held;

    /// <summary>Makes the run's folder if need be and takes the lock.</summary>
    /// <exception cref="ClipLensException">The path is a file, cannot be written to, or another process works on the run.</exception>
    public static RunLock Take(string run)
    {
        if (File.Exists(run)) throw new ClipLensException($"The output {run} is a file; give a folder for the run, which may be new.");
        try
        {
            Directory.CreateDirectory(run);
            return new(new FileStream(RunFiles.Lock(run), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(RunFiles.Lock(run)))
        {
            throw new ClipLensException($"Another process is working on the run {run}; wait until it ends, or give another output.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The output {run} cannot be written to ({error.Message.TrimEnd('.')}); give another folder or change its permissions.", error);
        }
    }

    public void Dispose() => held.Dispose();
}
