using Microsoft.Win32.SafeHandles;

namespace ClipLens.Files;

/// <summary>Opening files with errors that a person can act on, and writing them so that a half-written file is never seen.</summary>
internal static class FileErrors
{
    /// <summary>Opens a file to read.</summary>
    /// <exception cref="ClipLensException">It is not there, is a folder, a pipe or a device, or may not be read.</exception>
    public static FileStream OpenRead(string path) => new(OpenHandle(path), FileAccess.Read, bufferSize: 0);

    /// <summary>Opens a file to read at any place.</summary>
    /// <exception cref="ClipLensException">It is not there, is a folder, a pipe or a device, or may not be read.</exception>
    public static SafeFileHandle OpenHandle(string path)
    {
        if (Directory.Exists(path)) throw new ClipLensException($"{path} is a folder, where a file was expected.");
        if (!File.Exists(path)) throw new ClipLensException($"{path} does not exist.");
        FileKind.RefuseSpecial(path);
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, error);
        }
    }

    /// <summary>A small file's bytes.</summary>
    /// <exception cref="ClipLensException">It cannot be read, or has more bytes than <paramref name="limit"/>.</exception>
    public static byte[] ReadAll(string path, int limit)
    {
        using var file = new FileBytes(path);
        return file.Length <= limit ? file.Read(0, (int)file.Length)
            : throw new ClipLensException($"{path} has {file.Length} bytes, more than the {limit} that a file of its kind may have.");
    }

    /// <summary>The sentence for a file that cannot be read.</summary>
    public static ClipLensException CannotRead(string path, Exception error) => new($"{path} could not be read: {error.Message}", error);

    /// <summary>The name under which a file is written until it is complete.</summary>
    public static string PartialPath(string path) => path + ".partial";

    /// <summary>
    /// Turns a failure to write into a sentence that names the file: a <see cref="ClipLensException"/> where the path is at fault, an
    /// <see cref="IOException"/> where the disk is.
    /// </summary>
    public static Exception CannotWrite(string path, Exception error) => error switch
    {
        UnauthorizedAccessException or DirectoryNotFoundException or PathTooLongException =>
            new ClipLensException($"{path} could not be written: {error.Message}", error),
        IOException { HResult: var code } when IsDiskFull(code) => new IOException(
            $"{path} could not be written because the disk is full; free some space and give the same command again.", error)
        { HResult = code },
        _ => new IOException($"{path} could not be written: {error.Message}", error) { HResult = error.HResult },
    };

    // ENOSPC and the two EDQUOT of Linux and macOS; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(int code) => code is 28 or 122 or 69 or unchecked((int)0x80070070) or unchecked((int)0x80070027);
}
