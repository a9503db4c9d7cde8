using ClipLens.Cli.Output;
using ClipLens.Compute;

namespace ClipLens.Cli;

/// <summary>The process: its memory, its signals, its streams. Everything else is <see cref="CommandLine"/>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        GlibcHeap.UseOneArena();
        var terminal = Terminal.OfProcess();
        using var signals = new StopSignals(() => terminal.Note("Stopping after the step at hand; press Ctrl-C again to stop at once."));
        return CommandLine.Run(args, terminal, signals.Token);
    }
}
