using System.Runtime.InteropServices;

namespace ClipLens.Cli;

/// <summary>
/// Keeps large blocks in the heap. glibc's malloc maps each block of a megabyte or more and unmaps it when freed; a forward pass frees and
/// takes back hundreds of such temporaries, and every one of them would be given to the system, fetched again and cleared page by page.
/// </summary>
internal static class GlibcHeap
{
    private const string Library = "libc.so.6";
    private const int TrimThreshold = -1, MapThreshold = -3;

    /// <summary>Does nothing where the C library is another one; a failure costs speed only and is passed over.</summary>
    public static void KeepLargeBlocks()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out nint libc)) return;
        if (!NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _) || !NativeLibrary.TryGetExport(libc, "mallopt", out nint address)) return;
        var mallopt = Marshal.GetDelegateForFunctionPointer<Mallopt>(address);
        mallopt(TrimThreshold, int.MaxValue);
        // Some versions refuse a threshold above half of a heap's largest size.
        if (mallopt(MapThreshold, 1 << 30) == 0) mallopt(MapThreshold, 1 << 25);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Mallopt(int parameter, int value);
}
