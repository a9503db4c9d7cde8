namespace ClipLens.Files;

/// <summary>
/// Keeps other processes from working in the same folder: a file that is held open. The system lets go of it when the process ends, however
/// it ends; the empty file stays, because removing it would let a third process lock another file of the same name.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private readonly FileStream held;

    private FolderLock(FileStream held) => this.held = held;

    /// <summary>Takes the lock, unless another process has it.</summary>
    /// <param name="file">The file that stands for the lock; it is made if need be.</param>
    /// <returns>The lock, to be disposed of; null where another process works in the folder.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be made or written to.</exception>
    public static FolderLock? Take(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        try
        {
            return new(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (IsHeld(error))
        {
            return null;
        }
    }

    /// <summary>Lets others in.</summary>
    public void Dispose() => held.Dispose();

    // EWOULDBLOCK of Linux and macOS; ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);
}
