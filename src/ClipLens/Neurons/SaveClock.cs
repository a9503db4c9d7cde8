using System.Diagnostics;

namespace ClipLens.Neurons;

/// <summary>Says when a running pass is to be saved: after a while, and so that saving takes a small part of the time however slow the disk
/// is.</summary>
internal sealed class SaveClock(TimeSpan interval)
{
    private const int LeastRatio = 50;
    private readonly Stopwatch sinceSave = Stopwatch.StartNew();
    private TimeSpan lastSave;

    public bool IsDue => interval == TimeSpan.Zero || (sinceSave.Elapsed >= interval && sinceSave.Elapsed >= lastSave * LeastRatio);

    /// <summary>Saves, and takes note of how long it took.</summary>
    public void Time(Action save)
    {
        var clock = Stopwatch.StartNew();
        save();
        lastSave = clock.Elapsed;
        sinceSave.Restart();
    }
}
