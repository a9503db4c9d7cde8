using ClipLens.Runs;

namespace ClipLens.Tests.Runs;

/// <summary>A tiny model, pictures and texts in a folder of their own, and settings that analyze them.</summary>
internal sealed class TinyRun : IDisposable
{
    public const int Pictures = 30;

    private readonly TemporaryFolder folder = new();

    public TinyRun()
    {
        TinyModel.Write(Model);
        TinyModel.WritePictures(Images, Pictures);
        TinyModel.WriteTexts(Pool, 50);
        Settings = new()
        {
            Model = Model,
            Images = Images,
            Output = Output,
            TextFiles = [Pool],
            Layers = LayerSelection.All,
            Top = TopCount.Parse("5"),
            Sizes = [6],
            Batch = 4,
            SaveInterval = TimeSpan.Zero,
        };
    }

    public AnalysisSettings Settings { get; }

    public string Model => folder.File("model");

    public string Images => folder.File("images");

    public string Pool => folder.File("pool.txt");

    public string Output => folder.File("run");

    public string File(params string[] parts) => folder.File(parts);

    public void Dispose() => folder.Dispose();
}
