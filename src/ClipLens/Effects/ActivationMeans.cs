using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>What a layer's neurons do on average over a dataset: what first-order and indirect ablations put in their place.</summary>
/// <param name="Images">Images that could be read.</param>
/// <param name="Tokens">Mean activations by token, the class token first: [T, N].</param>
/// <param name="FirstOrder">Mean first-order effect of all the layer's neurons together: [d], in the effects' unit (<see
/// cref="NeuronLens.Unit"/>).</param>
public sealed record ActivationMeans(int Images, Tensor Tokens, Tensor FirstOrder) : IDisposable
{
    /// <summary>Takes the means in one pass over a dataset.</summary>
    internal static ActivationMeans Measure(ImageTower tower, ImageBatchReader images, int layer, WorkOptions? options = null,
        int batch = 16)
    {
        var request = new TraceRequest { MlpPost = [layer], ClassParts = true };
        var first = new FirstOrder(tower);
        using var tokens = zeros(tower.Config.Tokens, tower.Config.MlpWidth, dtype: ScalarType.Float64).DetachFromDisposeScope();
        using var effect = zeros(tower.EmbedDim, dtype: ScalarType.Float64).DetachFromDisposeScope();
        int count = 0;
        new DatasetPass(images, batch, "Mean activations", options).Run(Work, (read, sums) =>
        {
            if (sums is null) return;
            tokens.add_(sums.Tokens);
            effect.add_(sums.Effect);
            count += read.Indices.Count;
        });
        if (count == 0) throw new ClipLensException("None of the dataset's images could be read, so there are no mean activations; check "
            + "the files.");
        return new(count, tokens.div(count).to(ScalarType.Float32).DetachFromDisposeScope(), effect.div(count).to(ScalarType.Float32)
            .DetachFromDisposeScope());

        Sums Work(ImageBatch read)
        {
            using var scope = NewDisposeScope();
            using var turn = tower.Placement.Turn();
            var trace = tower.Trace(read.Pixels, request);
            return new(trace.MlpPost[layer].Widenable().sum(dim: 0, type: ScalarType.Float64).ToHost().MoveToOuterDisposeScope(),
                first.Mlp(trace, layer).Widenable().sum(dim: 0, type: ScalarType.Float64).ToHost().MoveToOuterDisposeScope());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tokens.Dispose();
        FirstOrder.Dispose();
    }

    private sealed record Sums(Tensor Tokens, Tensor Effect);
}
