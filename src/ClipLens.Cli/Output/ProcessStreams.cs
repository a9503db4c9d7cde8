using System.Runtime.InteropServices;

namespace ClipLens.Cli.Output;

/// <summary>
/// The streams of the process as it was started. Where one was closed (<c>2>&amp;-</c>), the runtime's own files take its number, and what
/// is written there would end the process; it is then a stream that takes everything.
/// </summary>
internal static partial class ProcessStreams
{
    private const int OutputNumber = 1, ErrorNumber = 2, CloseOnExec = 1;

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>The output; one that nobody reads where it was closed.</summary>
    public static TextWriter Output => IsClosed(OutputNumber) ? TextWriter.Null : new ShowableWriter(Console.Out, IsPlain);

    /// <summary>The error output; one that nobody reads where it was closed.</summary>
    public static TextWriter Error => IsClosed(ErrorNumber) ? TextWriter.Null : new ShowableWriter(Console.Error, IsPlain);

    /// <summary>Whether the locale promises nothing but ASCII; what else there is goes out as UTF-8.</summary>
    private static bool IsPlain => LocaleVariables.Select(Environment.GetEnvironmentVariable)
        .FirstOrDefault(value => !string.IsNullOrEmpty(value)) is "C" or "POSIX";

    /// <summary>A file that came with the process is one that outlives the start of a program; what the runtime opens is not.</summary>
    private static bool IsClosed(int number) => !OperatingSystem.IsWindows() && GetFlags(number) is < 0 or CloseOnExec;

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_FcntlGetFD")]
    private static partial int GetFlags(nint file);
}
