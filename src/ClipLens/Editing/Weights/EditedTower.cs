using ClipLens.Compute;
using ClipLens.Editing.Units;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Editing.Weights;

/// <summary>
/// A model's image tower in memory with edits tried on it, one after another, without a file: what a search needs. It has weights of its
/// own, the model stays as it is.
/// </summary>
internal sealed class EditedTower : IDisposable
{
    private readonly ClipModel copy;
    private readonly UnitMeans means;
    private readonly List<(Tensor Target, Tensor Before)> changed = [];

    /// <summary>Loads the checkpoint once more.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="means">Means of all layers that will be edited.</param>
    /// <param name="placement">Where it computes; the processor, in float32, if null.</param>
    public EditedTower(string path, UnitMeans means, Placement? placement = null) =>
        (copy, this.means) = (ClipModel.Load(path, placement), means);

    /// <summary>The tower as it is edited now.</summary>
    public ImageTower Tower => copy.Image;

    /// <summary>Takes the last edit back and makes another one; no pass may be under way.</summary>
    public void Set(ModelEdit edit)
    {
        using var _ = no_grad();
        Restore();
        foreach (var change in LayerChange.For(edit, means, Tower.Config))
        {
            using var scope = NewDisposeScope();
            var block = Tower.Blocks[change.Layer];
            var (weight, bias) = change.IsAttention ? (block.OutWeight, block.OutBias) : (block.ProjWeight, block.ProjBias);
            Keep(weight);
            Keep(bias);
            var (columns, moved) = change.Apply(weight.ToHost(), bias.ToHost());
            weight.index_copy_(1, tensor(change.Columns).With(weight), columns.to(ScalarType.Float32).With(weight));
            bias.copy_(moved.to(ScalarType.Float32));
        }
    }

    public void Dispose()
    {
        foreach (var (_, before) in changed) before.Dispose();
        copy.Dispose();
    }

    private void Keep(Tensor target) => changed.Add((target, target.clone().DetachFromDisposeScope()));

    private void Restore()
    {
        foreach (var (target, before) in changed)
        {
            target.copy_(before);
            before.Dispose();
        }
        changed.Clear();
    }
}
