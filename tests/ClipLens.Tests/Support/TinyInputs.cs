namespace ClipLens.Tests.Support;

/// <summary>A tiny model, pictures and texts in a folder that is gone after the test.</summary>
internal sealed class TinyInputs : IDisposable
{
    private readonly ScratchFolder folder = new();

    public TinyInputs(int pictures = 12, int texts = 60, string pool = "words")
    {
        Model = TinyModel.Write(folder.File("model"));
        Images = TinyModel.WritePictures(folder.File("images"), pictures);
        Texts = TinyModel.WriteTexts(folder.File(pool + ".txt"), texts);
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
