using System.Runtime.InteropServices;

namespace ClipLens.Files;

/// <summary>
/// Tells plain files from pipes, devices and sockets, which must not be opened as an input: a pipe without a writer blocks for ever, and a
/// device may never end.
/// </summary>
internal static unsafe partial class FileKind
{
    private const int TypeMask = 0xF000, Pipe = 0x1000, CharacterDevice = 0x2000, BlockDevice = 0x6000, Socket = 0xC000;

    /// <summary>What a path leads to if it is neither a file nor a folder: "a pipe", "a device" or "a socket"; null for anything
    /// else.</summary>
    public static string? Special(string path)
    {
        if (OperatingSystem.IsWindows()) return null;
        // The second number of what the runtime's own library tells of a file is its mode; the whole has less than 200 bytes.
        int* status = stackalloc int[128];
        if (Stat(path, status) != 0) return null;
        return (status[1] & TypeMask) switch
        {
            Pipe => "a pipe",
            CharacterDevice or BlockDevice => "a device",
            Socket => "a socket",
            _ => null,
        };
    }

    /// <exception cref="ClipLensException">The path leads to a pipe, a device or a socket.</exception>
    public static void RefuseSpecial(string path)
    {
        if (Special(path) is { } kind)
            throw new ClipLensException(
            $"{path} is {kind}, where a file was expected; write what comes from it into a file and give that.");
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, int* status);
}
