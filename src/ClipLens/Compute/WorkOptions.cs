namespace ClipLens.Compute;

/// <summary>How a long piece of work is run and who hears of it.</summary>
public sealed record WorkOptions
{
    /// <summary>Threads that work at once; the number of cores if null. The result is the same to the bit for any number.</summary>
    public int? Workers { get; init; }

    /// <summary>Who is told how far the work is; called on the threads that work, one call at a time.</summary>
    public IProgress<WorkProgress>? Progress { get; init; }

    /// <summary>Stops the work at the next place where it can stop.</summary>
    public CancellationToken Cancellation { get; init; }
}
