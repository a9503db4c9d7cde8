using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>The machine that the figures were measured on.</summary>
internal static class Machine
{
    public static string Description =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB; "
        + $"{RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; libtorch {__version__}";

    /// <summary>Float32 operations per second of a square matrix product on all cores.</summary>
    public static double MatrixProductRate(int size = 2048)
    {
        using var scope = NewDisposeScope();
        Tensor a = randn(size, size), b = randn(size, size);
        var seconds = Rounds.Time(5, () => mm(a, b).Dispose())[0];
        return 2.0 * size * size * size / seconds.Min();
    }

    /// <summary>Largest resident memory of this process so far, in bytes; 0 where the system does not tell.</summary>
    public static long PeakMemory()
    {
        if (!File.Exists("/proc/self/status")) return 0;
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }

    private static string Processor()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
