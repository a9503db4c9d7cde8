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
            RunFiles.CheckInside(run);
            return new(new FileStream(RunFiles.Lock(run), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new ClipLensException($"Another process is working on the run {run}; wait until it ends, or give another output.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ClipLensException($"The run {run} cannot be written to ({error.Message.TrimEnd('.')}); give another folder or "
                + "change its permissions.", error);
        }
    }

    // EWOULDBLOCK of Linux and macOS; ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);

    public void Dispose() => held.Dispose();
}
