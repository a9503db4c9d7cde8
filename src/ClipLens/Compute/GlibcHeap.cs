using System.Runtime.InteropServices;

namespace ClipLens.Compute;

/// <summary>
/// glibc's malloc, kept from holding much more memory than is in use. It gives every new thread an arena of its own and each keeps what was
/// freed in it, hundreds of megabytes of libtorch's temporaries. Does nothing where the C library is another one.
/// </summary>
public static class GlibcHeap
{
    private const int ArenaMax = -8;

    /// <summary>Lets all threads share one arena; for a process that starts, before libtorch is used. libtorch allocates rarely, so nobody
    /// waits.</summary>
    public static void UseOneArena()
    {
        if (Export("mallopt") is { } address) Marshal.GetDelegateForFunctionPointer<Mallopt>(address)(ArenaMax, 1);
    }

    /// <summary>Gives freed pages back to the system; for the end of a stage whose temporaries the next one does not need.</summary>
    public static void Trim()
    {
        if (Export("malloc_trim") is { } address) Marshal.GetDelegateForFunctionPointer<MallocTrim>(address)(0);
    }

    private static nint? Export(string name) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint libc)
            && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _) && NativeLibrary.TryGetExport(libc, name, out nint address)
            ? address : null;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Mallopt(int parameter, int value);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int MallocTrim(nuint keep);
}
