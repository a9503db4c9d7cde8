using ClipLens.Compute;

namespace ClipLens.Models.Hub;

/// <summary>Bytes that have come, as progress in megabytes, or in kilobytes where there are few.</summary>
/// <param name="progress">Who is told; nobody if null.</param>
/// <param name="stage">What is fetched.</param>
/// <param name="total">Bytes in all.</param>
internal sealed class TransferProgress(IProgress<WorkProgress>? progress, string stage, long total)
{
    private readonly long unit = total >= 10_000_000 ? 1_000_000 : 1000;
    private long done;
    private int reported = -1;

    /// <summary>So many more bytes are there; fewer, where some have to be fetched again.</summary>
    public void Add(long bytes)
    {
        done += bytes;
        int units = done >= total ? Units(total) : (int)(done / unit);
        if (units == reported) return;
        reported = units;
        progress?.Report(new(stage, units, Units(total)) { Unit = unit == 1000 ? "kB" : "MB" });
    }

    /// <summary>Says that nothing comes for a while, and why.</summary>
    public void Pause(string why)
    {
        progress?.Report(new(why, 0, 1));
        reported = -1;
    }

    private int Units(long bytes) => (int)((bytes + unit - 1) / unit);
}
