using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>One tiny run with its model for all tests of what it is good for.</summary>
public sealed class UsesOfARun : IDisposable
{
    private readonly TinyRun tiny = new();

    public UsesOfARun()
    {
        Run = tiny.Run().Run;
        Model = Run.LoadModel();
        Images = ImageList.Find(tiny.Images);
    }

    public RunDirectory Run { get; }

    public ClipModel Model { get; }

    public IReadOnlyList<ImageEntry> Images { get; }

    public string File(params string[] parts) => tiny.File(parts);

    public void Dispose()
    {
        Model.Dispose();
        tiny.Dispose();
    }
}
