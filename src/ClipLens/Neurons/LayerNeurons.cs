using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// What a dataset says about the second-order effects of one block's N neurons (paper, Section 4). Effects are in percent of the length
/// of the image's representation; matrices are stored row by row.
/// </summary>
public sealed record LayerNeurons
{
    /// <summary>The block, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Number N of neurons.</summary>
    public required int Count { get; init; }

    /// <summary>Width d of the joint space.</summary>
    public required int Width { get; init; }

    /// <summary>Number k of top images kept for every neuron.</summary>
    public required int Top { get; init; }

    /// <summary>b_n, the mean effect over the dataset: [N, d].</summary>
    public required ReadOnlyMemory<float> Mean { get; init; }

    /// <summary>r_n, the unit direction of a neuron: [N, d].</summary>
    public required ReadOnlyMemory<float> Direction { get; init; }

    /// <summary>Share of the top images' squared effects that the direction holds, in [0, 1]: [N].</summary>
    public required IReadOnlyList<float> VarianceExplained { get; init; }

    /// <summary>Indices of the images with the largest norms, largest first: [N, k].</summary>
    public required ReadOnlyMemory<int> TopImages { get; init; }

    /// <summary>Norms of the centred effects on those images: [N, k].</summary>
    public required ReadOnlyMemory<float> TopNorms { get; init; }

    /// <summary>The significance threshold: the smallest of a neuron's top norms: [N].</summary>
    public required IReadOnlyList<float> Threshold { get; init; }

    /// <summary>A neuron's direction: [d].</summary>
    public ReadOnlySpan<float> DirectionOf(int neuron) => Direction.Span.Slice(neuron * Width, Width);

    /// <summary>A neuron's mean effect: [d].</summary>
    public ReadOnlySpan<float> MeanOf(int neuron) => Mean.Span.Slice(neuron * Width, Width);

    /// <summary>A neuron's top images, largest norm first: [k].</summary>
    public ReadOnlySpan<int> TopImagesOf(int neuron) => TopImages.Span.Slice(neuron * Top, Top);

    /// <summary>A neuron's largest norms: [k].</summary>
    public ReadOnlySpan<float> TopNormsOf(int neuron) => TopNorms.Span.Slice(neuron * Top, Top);

    /// <summary>All directions as a tensor that the caller owns: [N, d].</summary>
    public Tensor DirectionTensor() => Matrix(Direction.Span);

    /// <summary>All mean effects as a tensor that the caller owns: [N, d].</summary>
    public Tensor MeanTensor() => Matrix(Mean.Span);

    private Tensor Matrix(ReadOnlySpan<float> values)
    {
        var matrix = empty(Count, Width);
        values.CopyTo(matrix.Floats());
        return matrix;
    }
}
