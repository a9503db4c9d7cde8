using System.Diagnostics.Metrics;

namespace ClipLens.Compute;

/// <summary>
/// The threads that are at work beside the ones that called, for whoever watches: the instrument <c>cliplens.work.threads</c> of the
/// meter <c>ClipLens</c>.
/// </summary>
internal static class WorkThreads
{
    public const string Meter = "ClipLens", Instrument = "cliplens.work.threads";

    private static readonly UpDownCounter<int> AtWork = new Meter(Meter)
        .CreateUpDownCounter<int>(Instrument, description: "Threads at work");

    /// <summary>How many threads do pieces of work: those asked for, the number of cores if null, never more than there are
    /// pieces.</summary>
    public static int Number(int? workers, int pieces) => Math.Clamp(workers ?? Environment.ProcessorCount, 1, Math.Max(1, pieces));

    /// <summary>Does numbered things that do not touch each other, in no order; the calling thread takes part.</summary>
    /// <param name="count">How many things.</param>
    /// <param name="workers">Threads; the number of cores if null.</param>
    /// <param name="work">Does one.</param>
    public static void ForEach(int count, int? workers, Action<int> work)
    {
        int threads = Number(workers, count);
        using var counted = Count(threads - 1);
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
    }

    /// <summary>Counts threads until it is disposed.</summary>
    public static IDisposable Count(int threads) => new Counted(threads);

    private sealed class Counted : IDisposable
    {
        private readonly int threads;

        public Counted(int threads) => AtWork.Add(this.threads = threads);

        public void Dispose() => AtWork.Add(-threads);
    }
}
