using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>The effects themselves, of all three kinds, of some neurons of a block on some images.</summary>
internal static class NeuronEffects
{
    private const int Batch = 4;

    /// <summary>Computes the effects. Indirect ones cost a forward pass from the block on for every neuron and image.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="images">The images.</param>
    /// <param name="layer">The block.</param>
    /// <param name="neurons">The neurons, n of them.</param>
    /// <param name="means">Mean activations over a dataset.</param>
    /// <param name="options">How it is run.</param>
    /// <returns>By kind, [n, images that could be read, d]; the caller owns them.</returns>
    public static IReadOnlyDictionary<EffectKind, Tensor> Measure(ImageTower tower, ImageBatchReader images, int layer,
        IReadOnlyList<int> neurons, ActivationMeans means, WorkOptions? options = null)
    {
        options ??= new();
        var first = new FirstOrder(tower);
        var second = new SecondOrder(tower, [layer]);
        using var indirect = new IndirectEffects(tower, layer, neurons, means.Tokens);
        using var directions = second.Paths.Directions(layer, neurons).DetachFromDisposeScope();
        using var chosen = TensorMoves.Indices(neurons, tower.Device).DetachFromDisposeScope();
        var request = second.Request with { ClassParts = true, ResidMid = indirect.Request.ResidMid };
        var parts = new List<Tensor[]>();
        new DatasetPass(images, Batch, "First-order, second-order and indirect effects", options).Run(Work, (_, effects) =>
        {
            if (effects is not null) parts.Add([.. effects.Select(tensor => tensor.DetachFromDisposeScope())]);
        });
        if (parts.Count == 0) throw new ClipLensException("None of the images could be read, so there are no effects; check the files.");
        var result = Enum.GetValues<EffectKind>().ToDictionary(kind => kind, kind => cat([.. parts.Select(part => part[(int)kind])], 1)
            .DetachFromDisposeScope());
        foreach (var tensor in parts.SelectMany(part => part)) tensor.Dispose();
        return result;

        Tensor[] Work(ImageBatch read)
        {
            using var scope = NewDisposeScope();
            using var turn = tower.Placement.Turn();
            var trace = tower.Trace(read.Pixels, request);
            var (coefficients, bias) = second.Factors(trace, layer);
            var own = coefficients.index_select(1, chosen).transpose(0, 1).bmm(directions) + bias;
            return [first.Neurons(trace, layer, neurons).transpose(0, 1).ToHost().MoveToOuterDisposeScope(),
                own.ToHost().MoveToOuterDisposeScope(),
                indirect.Measure(trace, options.Cancellation).transpose(0, 1).ToHost().MoveToOuterDisposeScope()];
        }
    }
}
