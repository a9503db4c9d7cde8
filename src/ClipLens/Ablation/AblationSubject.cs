using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>
/// What is ablated and scored: a block, or all blocks together. Where its neurons do not fit into one pass over the images, the changes are
/// kept until the last pass that adds to them.
/// </summary>
internal sealed class AblationSubject(int? layer, IReadOnlyList<string> names, int images, int neurons) : IDisposable
{
    private readonly ImageScores[] scores = [.. names.Select(_ => new ImageScores(images))];
    private Tensor? stored;
    private int done;

    /// <summary>The block; null for all together.</summary>
    public int? Layer { get; } = layer;

    /// <summary>Whether the pass under way brings all that the subject needs, so that its batches can be scored at once.</summary>
    public bool IsWholeInPass { get; private set; }

    /// <summary>Whether changes of earlier passes wait for more, or for being scored.</summary>
    public bool IsReadyToScore => stored is not null && done == neurons;

    public void BeginPass(IEnumerable<NeuronRange> ranges)
    {
        int brought = ranges.Where(range => Layer is null || range.Layer == Layer).Sum(range => range.Count);
        IsWholeInPass = brought == neurons;
        done += brought;
    }

    /// <summary>Adds a batch's changes [V, B, d].</summary>
    public void Keep(IReadOnlyList<int> indices, Tensor changes)
    {
        stored ??= zeros(names.Count, images, changes.shape[2]).DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        stored.index_add_(1, tensor(indices.Select(index => (long)index).ToArray()), changes, 1);
    }

    /// <summary>The kept changes of some images, in the scope of the caller: [V, B, d].</summary>
    public Tensor Kept(int[] indices) => stored!.index_select(1, tensor(indices.Select(index => (long)index).ToArray()));

    public void Set(IReadOnlyList<int> indices, IReadOnlyList<BatchScores> batch)
    {
        for (int i = 0; i < scores.Length; i++) scores[i].Set(indices, batch[i]);
    }

    public IReadOnlyDictionary<string, ImageScores> Scores() => names.Zip(scores).ToDictionary(pair => pair.First, pair => pair.Second);

    public void Dispose()
    {
        stored?.Dispose();
        stored = null;
    }
}
