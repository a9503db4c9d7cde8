using System.Diagnostics;

namespace ClipLens.Tests.Support;

/// <summary>Work in another process, which may be killed without warning.</summary>
internal static class OtherProcess
{
    /// <summary>The command line as its own process.</summary>
    public static Process Command(params string[] words) => Command(new Dictionary<string, string?>(), words);

    /// <summary>The command line as its own process, with variables of its own in its environment.</summary>
    public static Process Command(IReadOnlyDictionary<string, string?> environment, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ClipLens.Cli.dll"), .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>An explicit test of this program, which finds its order in a variable of its environment.</summary>
    public static Process Test(Type type, string method, string variable, string order) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, ["-explicit", "only", "-method", $"{type.FullName}.{method}"])
        {
            Environment = { [variable] = order },
            RedirectStandardOutput = true,
        })!;

    /// <summary>Waits until the process says that it got there, by a file.</summary>
    public static void WaitFor(Process process, string file)
    {
        var clock = Stopwatch.StartNew();
        while (!File.Exists(file))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1) && !process.HasExited, "The other process did not get there.");
            Thread.Sleep(20);
        }
    }

    /// <summary>Ends the process as a power failure would.</summary>
    public static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }
}
