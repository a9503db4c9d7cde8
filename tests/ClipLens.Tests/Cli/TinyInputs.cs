using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>A tiny model, pictures and texts in a folder that is gone after the test.</summary>
internal sealed class TinyInputs : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyInputs(int pictures = 12)
    {
        Model = TinyModel.Write(folder.File("model"));
        Images = TinyModel.WritePictures(folder.File("pictures"), pictures);
        Texts = TinyModel.WriteTexts(folder.File("words.txt"), 60);
    }

    public string Model { get; }

    public string Images { get; }

    public string Texts { get; }

    public string Run => folder.File("run");

    public string File(params string[] parts) => folder.File(parts);

    public string Picture(int index) => Path.Combine(Images, $"{index:000}.png");

    /// <summary>The words of an analysis of these inputs; what is given last overrides nothing, so leave out what differs.</summary>
    public string[] Analyze(string layers = "all", string top = "4", params string[] more) =>
        ["analyze", "--model", Model, "--images", Images, "--texts", Texts, "--layers", layers, "--top", top, "--size", "6", "--output",
        Run, .. more];

    public void Dispose() => folder.Dispose();
}
