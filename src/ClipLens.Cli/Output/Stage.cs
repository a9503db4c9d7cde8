using ClipLens.Compute;

namespace ClipLens.Cli.Output;

/// <summary>Gives counts that the library reports the name and the total of a stage.</summary>
internal sealed class Stage(IProgress<WorkProgress> progress, string name, int total) : IProgress<int>
{
    public void Report(int value) => progress.Report(new WorkProgress(name, value, total));
}
