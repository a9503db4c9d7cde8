using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>Norms of the centred effects of a run's neurons on images, of the run or held out: one forward pass an image for all blocks
/// that fit in memory.</summary>
internal sealed class NormPass : IDisposable
{
    private readonly ImageTower tower;
    private readonly ImageBatchReader images;
    private readonly SecondOrder effects;
    private readonly List<AblationTables> tables;
    private readonly AblationSettings settings;
    private readonly int batch;

    private NormPass(ImageTower tower, ImageBatchReader images, IReadOnlyList<LayerNeurons> layers, IReadOnlyList<NeuronRange> ranges,
        AblationSettings settings)
    {
        (this.tower, this.images, this.settings) = (tower, images, settings);
        effects = new SecondOrder(tower, [.. ranges.Select(range => range.Layer).Distinct()]);
        tables = [.. ranges.Select(range =>
        {
            var layer = layers.First(layer => layer.Layer == range.Layer);
            using var directions = layer.DirectionTensor();
            return new AblationTables(effects.Paths, layer, range, [new("direction", directions)]);
        })];
        batch = AblationTables.Batch(tower.Config, effects.Layers.Count, settings.Batch);
    }

    /// <summary>Takes a batch in; one call at a time, in the order of the images, the whole dataset once for every group of
    /// neurons.</summary>
    /// <param name="read">The batch.</param>
    /// <param name="representations">Unit representations of the images of the batch that could be read: [B, d].</param>
    /// <param name="norms">Norms [n, B] by range of neurons.</param>
    public delegate void Visitor(ImageBatch read, Tensor representations, IReadOnlyList<(NeuronRange Range, Tensor Norms)> norms);

    /// <summary>Visits images.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="images">The images.</param>
    /// <param name="layers">The blocks' neurons, with their means.</param>
    /// <param name="settings">How it is done.</param>
    /// <param name="stage">What progress calls it.</param>
    /// <param name="visit">Takes the batches.</param>
    /// <param name="progress">Images done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static void Run(ImageTower tower, ImageBatchReader images, IReadOnlyList<LayerNeurons> layers, AblationSettings settings,
        string stage, Visitor visit, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var groups = AblationTables.Pack(tower, layers.Select(layer => layer.Layer), 1, settings.MemoryBudget);
        for (int i = 0; i < groups.Count; i++)
        {
            using var pass = new NormPass(tower, images, layers, groups[i], settings);
            pass.Visit(groups.Count == 1 ? stage : $"{stage} ({i + 1} of {groups.Count})", visit, progress, cancellation);
        }
    }

    public void Dispose()
    {
        foreach (var table in tables) table.Dispose();
    }

    private void Visit(string stage, Visitor visit, IProgress<WorkProgress>? progress, CancellationToken cancellation) =>
        new DatasetPass(images, batch, stage, new() { Workers = settings.Workers, Progress = progress, Cancellation = cancellation })
            .Run(Measure, (read, part) => visit(read, part?.Representations ?? empty(0, tower.EmbedDim), part?.Ranges ?? []));

    private BatchNorms Measure(ImageBatch read)
    {
        using var scope = NewDisposeScope();
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(read.Pixels, effects.Request);
        var norms = new List<(NeuronRange, Tensor)>();
        foreach (int layer in effects.Layers)
        {
            using var inner = NewDisposeScope();
            var (coefficients, bias) = effects.Factors(trace, layer);
            trace.MlpPost[layer].Dispose();
            foreach (var table in tables.Where(table => table.Range.Layer == layer))
            {
                var own = table.Norms(coefficients.narrow(1, table.Range.First, table.Range.Count), bias);
                norms.Add((table.Range, own.contiguous().ToHost().MoveToOtherDisposeScope(scope)));
            }
        }
        foreach (var (_, own) in norms) own.MoveToOuterDisposeScope();
        return new(nn.functional.normalize(trace.Representation.ToHost(), 2, 1).MoveToOuterDisposeScope(), norms);
    }

    private sealed record BatchNorms(Tensor Representations, IReadOnlyList<(NeuronRange Range, Tensor Norms)> Ranges);
}
