using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>What a range of neurons contributes to the ablations of a batch.</summary>
/// <param name="Range">The neurons.</param>
/// <param name="Activity">On which images they were significant, and how much.</param>
/// <param name="Changes">By how much the ablations change the representations, in the order of their names: [V, B, d].</param>
internal sealed record AblatedRange(NeuronRange Range, RangeActivity Activity, Tensor Changes);

/// <summary>Works out, batch by batch, what the ledger needs of some blocks.</summary>
internal sealed class AblationPass(ImageTower tower, ImageBatchReader images, IReadOnlyList<AblationLayer> layers, AblationLedger ledger,
    AblationSettings settings) : TablePass<AblatedRange, AblationPart>(tower, images, settings)
{
    public void Run(WorkOptions options) =>
        Visit(layers.Select(layer => layer.Neurons.Layer), layers[0].Sets.Count, "Ablation", options);

    protected override AblationTables Table(OutputPaths paths, NeuronRange range)
    {
        var layer = layers.First(layer => layer.Neurons.Layer == range.Layer);
        return new(paths, layer.Neurons, range, layer.Sets);
    }

    protected override void Begin(IReadOnlyList<NeuronRange> ranges) => ledger.BeginPass(ranges);

    protected override AblatedRange Measure(AblationTables table, Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var own = table.Changes(coefficients, bias).ToHost();
        return new(table.Range, RangeActivity.FromChanges(own), Changes(own).MoveToOuterDisposeScope());
    }

    protected override AblationPart Gather(ImageBatch read, Tensor representations, IReadOnlyList<AblatedRange> parts)
    {
        var baseline = (representations * SecondOrder.UnitScale(representations).unsqueeze(1)).ToHost();
        var changes = parts.GroupBy(part => part.Range.Layer).ToDictionary(layer => layer.Key, layer =>
            layer.Aggregate(zeros(1, device: CPU), (sum, part) => sum + part.Changes));
        return ledger.Score(read, baseline, changes, [.. parts.Select(part => (part.Range, part.Activity))]);
    }

    protected override void Commit(ImageBatch read, AblationPart? found) => ledger.Commit(read, found);

    protected override void End() => ledger.EndPass();

    private static Tensor Changes(RangeChanges range) =>
        cat([(-range.All).unsqueeze(0), (-range.Large).unsqueeze(0), (range.Large - range.All).unsqueeze(0), range.Kept - range.All], 0);
}
