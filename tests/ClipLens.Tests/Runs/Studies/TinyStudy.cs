using ClipLens.Runs;
using ClipLens.Runs.Studies;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Runs.Studies;

/// <summary>A tiny run with labelled images that it has not seen, in a folder of their own.</summary>
internal sealed class TinyStudy : IDisposable
{
    public const int Labelled = 12;
    public static readonly string[] Classes = ["red", "blue", "sky", "sea", "round", "square"];

    private readonly TinyRun tiny = new();

    public TinyStudy()
    {
        Analysis.Run(tiny.Settings, null, TestContext.Current.CancellationToken);
        TinyModel.WritePictures(tiny.File("labelled"), Labelled, seed: 3);
        File.WriteAllLines(tiny.File("labels.csv"),
            ["file,label", .. Enumerable.Range(0, Labelled).Select(i => $"{i:000}.png,{i % Classes.Length}")]);
        File.WriteAllLines(tiny.File("classes.txt"), Classes);
        Settings = new()
        {
            Run = tiny.Output,
            Images = tiny.File("labelled"),
            Labels = tiny.File("labels.csv"),
            Classes = tiny.File("classes.txt"),
        };
    }

    public StudySettings Settings { get; }

    public string Path(params string[] parts) => tiny.File(parts);

    public StudyInputs Open() => StudyInputs.Open(Settings, null, TestContext.Current.CancellationToken);

    public void Dispose() => tiny.Dispose();
}
