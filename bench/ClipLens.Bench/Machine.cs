using System.Runtime.InteropServices;
using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>The machine that the figures were measured on.</summary>
internal static class Machine
{
    private const int Tries = 5;

    public static string Description =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GB; "
        + $"{RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; libtorch {__version__}";

    /// <summary>The most float32 operations per second that a matrix product reaches on all cores, a product a core: the best of several
    /// shapes, with the second matrix as it is and transposed, and which that was.</summary>
    public static (double Rate, string Shape) BestMatrixProductRate()
    {
        (int Rows, int Inner, int Columns)[] shapes = [(2048, 2048, 2048), (1024, 1024, 1024), (4096, 1024, 1024), (800, 768, 3072),
            (800, 3072, 768), (3152, 192, 768), (1799, 1024, 4096), (1799, 4096, 1024)];
        bool[] layouts = [false, true];
        return shapes.SelectMany(shape => layouts.Select(transposed => (
            Rate: MatrixProductRate(shape.Rows, shape.Inner, shape.Columns, transposed),
            Shape: $"[{shape.Rows} x {shape.Inner}] x [{shape.Inner} x {shape.Columns}]"
            + (transposed ? ", the second one transposed" : ""))))
            .MaxBy(own => own.Rate);
    }

    private static double MatrixProductRate(int rows, int inner, int columns, bool transposed)
    {
        using var scope = NewDisposeScope();
        Tensor a = randn(rows, inner), b = transposed ? randn(columns, inner).t() : randn(inner, columns);
        int products = Math.Max(1, (int)(4e9 / (2.0 * rows * inner * columns))) * Environment.ProcessorCount;
        var seconds = Rounds.Time(Tries, () => OrderedWork.Run(0, products, _ => mm(a, b), (_, _) => { }, null, CancellationToken.None))[0];
        return products * 2.0 * rows * inner * columns / seconds.Min();
    }

    /// <summary>Operations per second of a large matrix product on a model's device, in the type of its forward pass.</summary>
    public static double MatrixProductRate(Placement placement)
    {
        const int size = 8192;
        using var scope = NewDisposeScope();
        Tensor a = randn(size, size).to(placement.Type, placement.Device), b = randn(size, size).to(placement.Type, placement.Device);
        var seconds = Rounds.Time(Tries, () =>
        {
            using var product = mm(a, b);
            placement.Synchronize();
        })[0];
        return 2.0 * size * size * size / Rounds.Median(seconds);
    }

    /// <summary>Largest resident memory of this process so far, in bytes; 0 where the system does not tell.</summary>
    public static long PeakMemory()
    {
        if (!File.Exists("/proc/self/status")) return 0;
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }

    private static string Processor()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
