using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>What the neurons do on one image that are above their significance threshold there; the tensors belong to the caller's
/// dispose scope.</summary>
/// <param name="Neurons">The neurons, S of them, block by block.</param>
/// <param name="Effects">Their exact second-order effects, less each neuron's mean: [S, d].</param>
/// <param name="Norms">Lengths of these: [S].</param>
internal sealed record SignificantEffects(IReadOnlyList<NeuronId> Neurons, Tensor Effects, float[] Norms)
{
    /// <summary>The significant effects of the images of a batch.</summary>
    public static IReadOnlyList<SignificantEffects> Find(SecondOrder second, ForwardTrace trace, IReadOnlyList<LayerNeurons> layers)
    {
        var parts = Enumerable.Range(0, (int)trace.Representation.shape[0])
            .Select(_ => new List<(LayerNeurons Layer, long[] Chosen, Tensor Effects)>()).ToArray();
        foreach (var layer in layers)
        {
            using var scope = NewDisposeScope();
            var centred = second.Effects(trace, layer.Layer);
            centred = centred.sub_(layer.MeanTensor().With(centred));
            var norms = linalg.vector_norm(centred, 2, [2]);
            var above = norms.gt(TensorMoves.Numbers([.. layer.Threshold], [layer.Count], norms.device)).ToHost();
            for (int image = 0; image < parts.Length; image++)
            {
                var chosen = above[image].nonzero().flatten();
                var own = centred[image].index_select(0, chosen.With(centred)).ToHost();
                parts[image].Add((layer, chosen.data<long>().ToArray(), own.MoveToOuterDisposeScope()));
            }
        }
        return [.. parts.Select(Join)];
    }

    private static SignificantEffects Join(List<(LayerNeurons Layer, long[] Chosen, Tensor Effects)> parts)
    {
        var effects = cat([.. parts.Select(part => part.Effects)], 0);
        return new([.. parts.SelectMany(part => part.Chosen.Select(neuron => new NeuronId(part.Layer.Layer, (int)neuron)))], effects,
            linalg.vector_norm(effects, 2, [1]).Floats().ToArray());
    }
}
