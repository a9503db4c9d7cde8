using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Studies;

namespace ClipLens.Tests.Support;

/// <summary>A tiny run with its model and, for studies that want some, labelled images that it has not seen; in a folder of their
/// own.</summary>
public sealed class TinyStudy : IDisposable
{
    public const int Labelled = 12;
    public static readonly string[] Classes = ["red", "blue", "sky", "sea", "round", "square"];

    private readonly TinyRun tiny = new();
    private readonly Lazy<ClipModel> model;
    private readonly Lazy<StudySettings> settings;

    public TinyStudy()
    {
        Run = tiny.Run().Run;
        model = new(() => Run.LoadModel());
        settings = new(Label);
    }

    public RunDirectory Run { get; }

    public ClipModel Model => model.Value;

    public IReadOnlyList<ImageEntry> Images => ImageList.Find(tiny.Images);

    /// <summary>Settings of a study on the labelled images.</summary>
    public StudySettings Settings => settings.Value;

    public string File(params string[] parts) => tiny.File(parts);

    public StudyInputs Open() => StudyInputs.Open(Settings, null, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        if (model.IsValueCreated) Model.Dispose();
        tiny.Dispose();
    }

    private StudySettings Label()
    {
        TinyModel.WritePictures(File("labelled"), Labelled, seed: 3);
        System.IO.File.WriteAllLines(File("labels.csv"),
            ["file,label", .. Enumerable.Range(0, Labelled).Select(i => $"{i:000}.png,{i % Classes.Length}")]);
        System.IO.File.WriteAllLines(File("classes.txt"), Classes);
        return new()
        {
            Run = tiny.Output,
            Images = File("labelled"),
            Labels = File("labels.csv"),
            Classes = File("classes.txt"),
        };
    }
}
