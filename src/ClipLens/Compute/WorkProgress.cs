namespace ClipLens.Compute;

/// <summary>How far a long piece of work is.</summary>
/// <param name="Stage">What is being done, in a few words.</param>
/// <param name="Done">Items done, those of an earlier, interrupted run included.</param>
/// <param name="Total">Items in all.</param>
/// <param name="Failed">Items that could not be used.</param>
public sealed record WorkProgress(string Stage, int Done, int Total, int Failed = 0)
{
    /// <summary>What the items are, where they are no images, neurons or texts: "MB".</summary>
    public string Unit { get; init; } = "";
}
