using System.Runtime.InteropServices;

namespace ClipLens.Cli;

/// <summary>Turns the first Ctrl-C or SIGTERM into a cancellation, so that work ends between two steps; the second one ends the
/// process.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Action whenStopping;

    public StopSignals(Action whenStopping)
    {
        this.whenStopping = whenStopping;
        registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        if (source.IsCancellationRequested) return;
        signal.Cancel = true;
        whenStopping();
        source.Cancel();
    }
}
