using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Tests.Support;

/// <summary>The tiny random model with pictures, made-up labels and a classifier: enough to check how evaluations are computed.</summary>
internal sealed class TinyEvaluation : IDisposable
{
    private readonly TinyInputs inputs;

    public TinyEvaluation(int pictures = 11, int classes = 7)
    {
        inputs = new(pictures);
        Model = ClipModel.Load(inputs.Model);
        Entries = ImageList.Find(inputs.Images);
        Images = new ImageBatchReader(Model.Preprocessor, Entries);
        Labels = [.. Enumerable.Range(0, pictures).Select(i => i * 5 % classes)];
        Classifier = randn(Model.Config.EmbedDim, classes, generator: new Generator(3, CPU)).DetachFromDisposeScope();
    }

    public ClipModel Model { get; }

    public ImageTower Tower => Model.Image;

    public IReadOnlyList<ImageEntry> Entries { get; }

    public ImageBatchReader Images { get; }

    public int[] Labels { get; }

    public Tensor Classifier { get; }

    public string File(params string[] parts) => inputs.File(parts);

    /// <summary>All pictures as the tower's input, in the caller's scope.</summary>
    public Tensor Pixels() => Images.Read(0, Images.Count).Pixels;

    public void Dispose()
    {
        Classifier.Dispose();
        Images.Dispose();
        Model.Dispose();
        inputs.Dispose();
    }
}
