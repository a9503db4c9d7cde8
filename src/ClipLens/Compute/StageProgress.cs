namespace ClipLens.Compute;

/// <summary>Gives the counts of one stage its name and its total.</summary>
internal sealed class StageProgress(IProgress<WorkProgress>? progress, string stage, int total) : IProgress<int>
{
    public void Report(int value) => progress?.Report(new(stage, value, total));
}
