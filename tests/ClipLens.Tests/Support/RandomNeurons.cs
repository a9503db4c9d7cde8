using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Tests.Support;

/// <summary>Neurons with random directions, for tests of what is done with them.</summary>
internal static class RandomNeurons
{
    public static LayerNeurons Layer(int layer, int count, int width, float threshold = 0) => new()
    {
        Layer = layer,
        Count = count,
        Width = width,
        Top = 1,
        Mean = new float[count * width],
        Direction = nn.functional.normalize(randn([count, width], generator: new Generator((ulong)layer + 1, CPU)), 2, 1).data<float>()
            .ToArray(),
        VarianceExplained = new float[count],
        TopImages = new int[count],
        TopNorms = new float[count],
        Threshold = [.. Enumerable.Repeat(threshold, count)],
    };
}
