using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Ablation;

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

    /// <summary>Neurons with these means [N, d] and thresholds [N], and random directions.</summary>
    public static LayerNeurons Neurons(int layer, Tensor mean, Tensor threshold) => new()
    {
        Layer = layer,
        Count = (int)mean.shape[0],
        Width = (int)mean.shape[1],
        Top = 1,
        Mean = mean.contiguous().data<float>().ToArray(),
        Direction = nn.functional.normalize(randn(mean.shape, generator: new Generator(9, CPU)), 2, 1).data<float>().ToArray(),
        VarianceExplained = new float[mean.shape[0]],
        TopImages = new int[mean.shape[0]],
        TopNorms = new float[mean.shape[0]],
        Threshold = threshold.contiguous().data<float>().ToArray(),
    };

    public void Dispose()
    {
        Classifier.Dispose();
        Images.Dispose();
        Model.Dispose();
        inputs.Dispose();
    }
}
