using ClipLens.Compute;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>How concentrated the effects of some neurons are: on few images, and in one direction of the joint space.</summary>
/// <param name="Explained">Share of the top images' squared centred effects that the first component holds, by neuron (paper, Table
/// 1).</param>
/// <param name="TopShare">Share of all images' squared centred effects that the top images hold, by neuron.</param>
/// <param name="MeanNorm">Mean norm of the centred effects, by neuron, in percent of the representation's length.</param>
public sealed record EffectConcentration(IReadOnlyList<float> Explained, IReadOnlyList<float> TopShare, IReadOnlyList<float> MeanNorm)
{
    /// <summary>Measures effects.</summary>
    /// <param name="effects">[n, images, d].</param>
    /// <param name="top">Number k of top images of a neuron.</param>
    /// <exception cref="ClipLensException">There are fewer images than k.</exception>
    internal static EffectConcentration Measure(Tensor effects, int top)
    {
        if (top > effects.shape[1])
            throw new ClipLensException($"{top} top images of a neuron were asked for, but there are {effects.shape[1]} images; give "
            + "more images, or ask for fewer top images.");
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        var centred = effects - effects.mean([1], keepdim: true);
        var norms = linalg.vector_norm(centred, 2, [2]);
        var (values, places) = norms.topk(top, 1);
        var rows = centred.gather(1, places.unsqueeze(2).expand(-1, -1, centred.shape[2]));
        var (directions, explained) = PrincipalDirections.Decompose(rows);
        directions.Dispose();
        return new(Array(explained), Array(values.square().sum(1) / norms.square().sum(1)), Array(norms.mean([1])));
    }

    private static float[] Array(Tensor values) => values.contiguous().Floats().ToArray();
}
