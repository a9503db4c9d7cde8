namespace ClipLens.Compute;

/// <summary>Gives counts that a piece of work reports the name and the total of its stage.</summary>
/// <param name="progress">Who is told; nobody if null.</param>
/// <param name="stage">What is being done, in a few words.</param>
/// <param name="total">Items in all.</param>
public sealed class StageProgress(IProgress<WorkProgress>? progress, string stage, int total) : IProgress<int>
{
    /// <summary>Reports that <paramref name="value"/> items are done.</summary>
    public void Report(int value) => progress?.Report(new(stage, value, total));
}
