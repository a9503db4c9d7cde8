using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>A block to ablate.</summary>
/// <param name="Neurons">What a dataset says about its neurons.</param>
/// <param name="Sets">Directions to keep its effects along, one ablation each; of the same names for every block that is ablated
/// jointly.</param>
internal sealed record AblationLayer(LayerNeurons Neurons, IReadOnlyList<DirectionSet> Sets);

/// <summary>How ablations are run.</summary>
internal sealed record AblationSettings
{
    /// <summary>Images in a forward pass.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Whether all blocks are also ablated together.</summary>
    public bool IsJoint { get; init; }

    /// <summary>Memory for the tables. Blocks whose tables do not fit together are done in further passes over the images.</summary>
    public long MemoryBudget { get; init; } = 1600L << 20;

    /// <summary>Called with the representations of every batch, one call at a time.</summary>
    public Action<AblatedBatch>? Observe { get; init; }
}

/// <summary>Changed representations of some images, in the effects' unit.</summary>
/// <param name="Layer">The block; null for all together.</param>
/// <param name="Indices">The images.</param>
/// <param name="Baseline">The model's own: [B, d].</param>
/// <param name="Changed">By the ablations in order of their names: [V, B, d].</param>
internal sealed record AblatedBatch(int? Layer, IReadOnlyList<int> Indices, Tensor Baseline, Tensor Changed);
