using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// The two convolutions before the patches' own (MobileCLIP-B). None sees beyond its patch, and the norms behind them have the training's
/// fixed statistics, so that each is one convolution with a bias, and GELU.
/// </summary>
internal sealed class PatchStem : IDisposable
{
    // That of PyTorch's batch norm, which no config changes.
    private const double Epsilon = 1e-5;

    private readonly (Tensor Weight, Tensor Bias, int Side)[] steps;

    /// <param name="weights">The checkpoint's weights.</param>
    public PatchStem(PlacedWeights weights)
    {
        int width = weights.Config.Vision.Width / 4;
        steps = [Step(weights, 0, width, 3, 4), Step(weights, 1, width, width, 2)];
    }

    /// <summary>From pixels [B, 3, height, width] to [B, W / 4, height / 8, width / 8].</summary>
    public Tensor Apply(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        foreach (var (weight, bias, side) in steps)
            pixels = nn.functional.gelu(nn.functional.conv2d(pixels, weight, bias, strides: [side, side]));
        return pixels.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var (weight, bias, _) in steps)
        {
            weight.Dispose();
            bias.Dispose();
        }
    }

    private static (Tensor Weight, Tensor Bias, int Side) Step(PlacedWeights weights, int index, int outputs, int inputs, int side)
    {
        Tensor Load(string part, params long[] shape) => weights.Checkpoint.LoadTensor($"visual.stem.{index}.{part}", shape);
        using var weight = Load("weight", outputs, inputs, side, side);
        using var gain = Load("norm.weight", outputs);
        using var shift = Load("norm.bias", outputs);
        using var mean = Load("norm.mean", outputs);
        using var variance = Load("norm.variance", outputs);
        using var scale = gain / (variance + Epsilon).sqrt();
        return (weights.Placement.Place(weight * scale.view(-1, 1, 1, 1)), weights.Placement.Place(shift - mean * scale), side);
    }
}
