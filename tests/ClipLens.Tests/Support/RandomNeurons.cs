using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Tests.Support;

/// <summary>Neurons with random directions, for tests of what is done with them.</summary>
internal static class RandomNeurons
{
    public static LayerNeurons Layer(int layer, int count, int width, float threshold = 0) =>
        Layer(layer, zeros(count, width), full([count], threshold), (ulong)layer + 1);

    /// <summary>Neurons with these means [N, d] and thresholds [N].</summary>
    public static LayerNeurons Layer(int layer, Tensor mean, Tensor threshold, ulong seed = 9) => new()
    {
        Layer = layer,
        Count = (int)mean.shape[0],
        Width = (int)mean.shape[1],
        Top = 1,
        Mean = mean.contiguous().data<float>().ToArray(),
        Direction = nn.functional.normalize(randn(mean.shape, generator: new Generator(seed, CPU)), 2, 1).data<float>().ToArray(),
        VarianceExplained = new float[mean.shape[0]],
        TopImages = new int[mean.shape[0]],
        TopNorms = new float[mean.shape[0]],
        Threshold = threshold.contiguous().data<float>().ToArray(),
    };
}
