using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>One pass over the images for as many blocks, or parts of blocks, as fit in memory.</summary>
internal sealed class AblationPass : IDisposable
{
    private readonly ImageTower tower;
    private readonly AblationLedger ledger;
    private readonly SecondOrder effects;
    private readonly List<AblationTables> tables;
    private readonly DatasetPass pass;

    public AblationPass(ImageTower tower, ImageBatchReader images, IReadOnlyList<AblationLayer> layers, IReadOnlyList<NeuronRange> ranges,
        AblationLedger ledger, int batch, string stage, WorkOptions options)
    {
        (this.tower, this.ledger) = (tower, ledger);
        effects = new SecondOrder(tower, [.. ranges.Select(range => range.Layer)]);
        tables = [.. ranges.Select(range =>
        {
            var layer = layers.First(layer => layer.Neurons.Layer == range.Layer);
            return new AblationTables(effects.Paths, layer.Neurons, range, layer.Sets);
        })];
        pass = new DatasetPass(images, AblationTables.Batch(tower.Config, effects.Layers.Count, batch), stage, options);
    }

    public void Run()
    {
        ledger.BeginPass([.. tables.Select(table => table.Range)]);
        pass.Run(Work, ledger.Commit);
        ledger.EndPass();
    }

    public void Dispose()
    {
        foreach (var table in tables) table.Dispose();
    }

    /// <summary>Computes what the ledger needs of a batch; on any thread.</summary>
    private AblationPart Work(ImageBatch read)
    {
        using var scope = NewDisposeScope();
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(read.Pixels, effects.Request);
        var baseline = (trace.Representation * SecondOrder.UnitScale(trace.Representation).unsqueeze(1)).ToHost();
        var activities = new List<(NeuronRange, RangeActivity)>();
        var changes = new Dictionary<int, Tensor>();
        foreach (int layer in effects.Layers)
        {
            using var inner = NewDisposeScope();
            var (coefficients, bias) = effects.Factors(trace, layer);
            trace.MlpPost[layer].Dispose();
            var sum = zeros(1, device: CPU);
            foreach (var table in tables.Where(table => table.Range.Layer == layer))
            {
                var own = table.Changes(coefficients.narrow(1, table.Range.First, table.Range.Count), bias).ToHost();
                activities.Add((table.Range, RangeActivity.FromChanges(own)));
                sum = sum + Changes(own);
            }
            changes[layer] = sum.MoveToOuterDisposeScope();
        }
        return ledger.Score(read, baseline, changes, activities);
    }

    /// <summary>By how much the ablations change the representations, in the order of their names: [V, B, d].</summary>
    private static Tensor Changes(RangeChanges range) =>
        cat([(-range.All).unsqueeze(0), (-range.Large).unsqueeze(0), (range.Large - range.All).unsqueeze(0), range.Kept - range.All], 0);
}
