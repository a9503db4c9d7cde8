using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>
/// A pass over images for the neurons of some blocks, by their tables: one forward pass an image for as many blocks, or parts of blocks, as
/// have tables that fit in memory together, and another one for the next.
/// </summary>
/// <typeparam name="TPart">What a range of neurons does on a batch.</typeparam>
/// <typeparam name="TBatch">What all ranges do on it.</typeparam>
internal abstract class TablePass<TPart, TBatch>(ImageTower tower, ImageBatchReader images, AblationSettings settings) where TBatch : class
{
    /// <summary>Visits all images for all neurons of some blocks.</summary>
    /// <param name="layers">The blocks.</param>
    /// <param name="sets">Directions of a neuron that the tables hold.</param>
    /// <param name="stage">What progress calls it.</param>
    /// <param name="options">How it is run.</param>
    protected void Visit(IEnumerable<int> layers, int sets, string stage, WorkOptions options)
    {
        var groups = AblationTables.Pack(tower, layers, sets, settings.MemoryBudget);
        for (int i = 0; i < groups.Count; i++)
            Visit(groups[i], groups.Count == 1 ? stage : $"{stage} ({i + 1} of {groups.Count})", options);
    }

    /// <summary>The tables of a range of neurons.</summary>
    protected abstract AblationTables Table(OutputPaths paths, NeuronRange range);

    /// <summary>Before the images are visited for some neurons.</summary>
    protected virtual void Begin(IReadOnlyList<NeuronRange> ranges)
    {
    }

    /// <summary>What a range of neurons does on a batch; on any thread. Its tensors go to the dispose scope around the call.</summary>
    /// <param name="table">The range's tables.</param>
    /// <param name="coefficients">The neurons' coefficients: [B, n, K].</param>
    /// <param name="bias">The bias shares: [B, d].</param>
    protected abstract TPart Measure(AblationTables table, Tensor coefficients, Tensor bias);

    /// <summary>Puts together what the ranges do on a batch; on any thread. Its tensors are moved out of the dispose scope around the
    /// call.</summary>
    /// <param name="read">The batch.</param>
    /// <param name="representations">The images' representations: [B, d].</param>
    /// <param name="parts">What each range does, block by block.</param>
    protected abstract TBatch Gather(ImageBatch read, Tensor representations, IReadOnlyList<TPart> parts);

    /// <summary>Takes a batch in; one call at a time, in the order of the images.</summary>
    /// <param name="read">The batch.</param>
    /// <param name="found">What was found of it; null if none of its images could be read.</param>
    protected abstract void Commit(ImageBatch read, TBatch? found);

    /// <summary>After the images were visited for some neurons.</summary>
    protected virtual void End()
    {
    }

    private void Visit(IReadOnlyList<NeuronRange> ranges, string stage, WorkOptions options)
    {
        var effects = new SecondOrder(tower, [.. ranges.Select(range => range.Layer).Distinct()]);
        var tables = new List<AblationTables>();
        try
        {
            foreach (var range in ranges) tables.Add(Table(effects.Paths, range));
            Begin(ranges);
            new DatasetPass(images, AblationTables.Batch(tower.Config, effects.Layers.Count, settings.Batch), stage, options)
                .Run(read => Work(read, effects, tables), Commit);
            End();
        }
        finally
        {
            foreach (var table in tables) table.Dispose();
        }
    }

    private TBatch Work(ImageBatch read, SecondOrder effects, List<AblationTables> tables)
    {
        using var scope = NewDisposeScope();
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(read.Pixels, effects.Request);
        var parts = new List<TPart>();
        foreach (int layer in effects.Layers)
        {
            var (coefficients, bias) = effects.Factors(trace, layer);
            trace.MlpPost[layer].Dispose();
            foreach (var table in tables.Where(table => table.Range.Layer == layer))
            {
                using var own = coefficients.narrow(1, table.Range.First, table.Range.Count);
                parts.Add(Measure(table, own, bias));
            }
            coefficients.Dispose();
            bias.Dispose();
        }
        return Gather(read, trace.Representation, parts);
    }
}
