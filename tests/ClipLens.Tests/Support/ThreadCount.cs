using System.Diagnostics.Metrics;
using ClipLens.Compute;

namespace ClipLens.Tests.Support;

/// <summary>The most threads that work started by the test that made it had at once.</summary>
internal sealed class ThreadCount : IDisposable
{
    // Flows to every thread that the test's work starts, so tests side by side do not count each other's.
    private static readonly AsyncLocal<ThreadCount?> Own = new();
    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private int now;

    public ThreadCount()
    {
        Own.Value = this;
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == WorkThreads.Meter && instrument.Name == WorkThreads.Instrument) own.EnableMeasurementEvents(
                instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, change, _, _) =>
        {
            if (Own.Value == this) Add(change);
        });
        listener.Start();
    }

    public int Most { get; private set; }

    public void Dispose()
    {
        listener.Dispose();
        Own.Value = null;
    }

    private void Add(int change)
    {
        lock (gate) Most = Math.Max(Most, now += change);
    }
}
