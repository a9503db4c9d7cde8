using System.Runtime.InteropServices;

namespace ClipLens.Cli;

/// <summary>
/// How many files the process may have open. Where they are fewer than the program's own parts, one of these cannot be loaded, at any
/// place; so it is looked at before anything else, by what is loaded already.
/// </summary>
internal static unsafe partial class FileHandles
{
    // Parts of the program, libtorch's among them, and the files of the work; analyze was seen with 131.
    private const ulong Least = 160;

    private const int OpenFiles = 9, ErrorNumber = 2;

    /// <summary>Says on the error output that there are too few; false where there are enough.</summary>
    public static bool AreTooFew()
    {
        if (OperatingSystem.IsWindows() || GetLimit(OpenFiles, out Limit limit) != 0 || limit.Current >= Least) return false;
        var sentence =
            "cliplens needs 160 open files at the least, and this shell allows fewer; allow more, such as with: ulimit -n 1024\n"u8;
        fixed (byte* text = sentence) _ = Write(ErrorNumber, text, sentence.Length);
        return true;
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_GetRLimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Write")]
    private static partial int Write(nint file, byte* bytes, int count);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Current;
        public ulong Most;
    }
}
