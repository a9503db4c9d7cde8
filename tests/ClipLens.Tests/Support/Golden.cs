using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using static TorchSharp.torch;

namespace ClipLens.Tests.Support;

/// <summary>The golden outputs of the paper's released code, and the real model and photographs that they were made with.</summary>
internal static class Golden
{
    public static Tensor Load(string file, string tensor)
    {
        using var safetensors = SafeTensorsFile.Open(SharedData.Path("golden", file + ".safetensors"));
        return safetensors.Load(tensor);
    }

    public static string ModelPath => SharedData.Path("models", "vit-tiny-lit");

    public static ImageTower ImageTower()
    {
        using var checkpoint = Checkpoint.Open(ModelPath);
        return new ImageTower(new PlacedWeights(checkpoint, Placement.Cpu));
    }

    /// <summary>The four golden photographs as network input [4, 3, 224, 224].</summary>
    public static Tensor FourPhotos() => FromBytes(Load("effects", "resized_u8"));

    /// <summary>Pictures as bytes [B, S, S, 3] to the model's input [B, 3, S, S], with its mean and deviation of 0.5.</summary>
    public static Tensor FromBytes(Tensor bytes) => (bytes.to(ScalarType.Float32).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5;

    /// <summary>Largest difference, as a share of the largest entry of what is expected.</summary>
    public static double RelativeError(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (a, b) = (actual.to(ScalarType.Float64), expected.to(ScalarType.Float64));
        return ((a - b).abs().max() / b.abs().max()).item<double>();
    }
}
