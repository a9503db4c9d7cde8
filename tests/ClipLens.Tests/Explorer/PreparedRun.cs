using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Explorer;

/// <summary>A tiny run whose neurons were looked at on all images, and its live site with classes; one class would be a script.</summary>
public sealed class PreparedRun : IDisposable
{
    public PreparedRun()
    {
        File.AppendAllLines(Tiny.Pool, [ExplorerRun.Script]);
        Tiny.Run();
        Run = RunDirectory.Open(Tiny.Output);
        Site = new(Run, () => Run.LoadModel(), new() { Classes = ["red", "blue", "green square", ExplorerRun.Script] });
        Site.Prepare(new() { Cancellation = TestContext.Current.CancellationToken });
    }

    internal TinyRun Tiny { get; } = new();

    public RunDirectory Run { get; }

    public ExplorerSite Site { get; }

    public void Dispose()
    {
        Site.Dispose();
        Tiny.Dispose();
    }
}
