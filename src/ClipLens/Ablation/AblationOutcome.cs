using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>What ablations did to every image and neuron; summaries are made of it.</summary>
/// <param name="Labels">The images' classes.</param>
/// <param name="Indices">The images that could be read.</param>
/// <param name="Failures">Why the others could not.</param>
/// <param name="Representations">The representations at unit length, zero where an image could not be read: [images, d]; belongs to the
/// outcome.</param>
/// <param name="Baseline">Scores of the model as it is.</param>
/// <param name="Layers">By block, in the order asked for.</param>
/// <param name="Joint">Scores when all blocks are ablated together, by the ablation's name; null if not asked for.</param>
internal sealed record AblationOutcome(IReadOnlyList<int> Labels, IReadOnlyList<int> Indices, IReadOnlyList<string> Failures,
    Tensor Representations,
    ImageScores Baseline, IReadOnlyList<LayerOutcome> Layers, IReadOnlyDictionary<string, ImageScores>? Joint) : IDisposable
{
    public void Dispose() => Representations.Dispose();
}

/// <summary>What the ablations of one block did.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Scores">By the ablation's name.</param>
/// <param name="Neurons">How its neurons behaved.</param>
internal sealed record LayerOutcome(int Layer, IReadOnlyDictionary<string, ImageScores> Scores, NeuronActivity Neurons);
