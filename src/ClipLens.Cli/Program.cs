using System.Runtime.CompilerServices;
using System.Text;
using ClipLens.Cli.Output;
using ClipLens.Compute;

namespace ClipLens.Cli;

/// <summary>The process: its memory, its signals, its streams. Everything else is <see cref="CommandLine"/>.</summary>
internal static class Program
{
    private static int Main(string[] args) => FileHandles.AreTooFew() ? Failure.WrongInput : Run(args);

    // On its own, so that nothing is loaded for it before it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(string[] args)
    {
        GlibcHeap.UseOneArena();
        // Terminals of KOI8-R, EUC-JP and the like.
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var terminal = Terminal.OfProcess();
        using var signals = new StopSignals(() => terminal.Note("Stopping after the step at hand; press Ctrl-C again to stop at once."));
        return CommandLine.Run(args, terminal, signals.Token);
    }
}
