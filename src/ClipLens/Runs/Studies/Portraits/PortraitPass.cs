using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Portraits;

/// <summary>The pass over a run's images that portraits are made of; blocks whose tables do not fit in memory together cost another
/// one.</summary>
internal sealed class PortraitPass : IDisposable
{
    private readonly ImageTower tower;
    private readonly Dictionary<int, LayerSketch> sketches;

    private PortraitPass(RunDirectory run, ClipModel model, int[] layers, int[] sample)
    {
        tower = model.Image;
        var paths = OutputPaths.For(tower);
        Representations = zeros(run.Images.Count, tower.EmbedDim).DetachFromDisposeScope();
        sketches = layers.ToDictionary(layer => layer, layer => new LayerSketch(run.Neurons(layer), paths, sample));
    }

    /// <summary>Unit representations of the run's images by their index, zero where one could not be read: [images, d].</summary>
    public Tensor Representations { get; }

    /// <summary>Passes over the images.</summary>
    /// <exception cref="ClipLensException">An image of the run has changed or is gone.</exception>
    public static PortraitPass Run(RunDirectory run, ClipModel model, int[] layers, int[] sample, WorkOptions options)
    {
        var pass = new PortraitPass(run, model, layers, sample);
        var settings = new AblationSettings();
        using var images = RunImages.Open(run, model);
        var groups = AblationTables.Pack(pass.tower, layers, 1, settings.MemoryBudget);
        for (int i = 0; i < groups.Count; i++)
        {
            string stage = groups.Count == 1 ? "Portraits" : $"Portraits ({i + 1} of {groups.Count})";
            pass.Visit(run, images, groups[i], settings.Batch, stage, options);
        }
        return pass;
    }

    /// <summary>What was found of a block, without what only the representations tell.</summary>
    public LayerPortraits Portraits(int layer, int[] sample) => sketches[layer].Finish(sample);

    public void Dispose()
    {
        Representations.Dispose();
        foreach (var sketch in sketches.Values) sketch.Dispose();
    }

    private void Visit(RunDirectory run, ImageBatchReader images, IReadOnlyList<NeuronRange> ranges, int most, string stage,
        WorkOptions options)
    {
        var second = new SecondOrder(tower, [.. ranges.Select(range => range.Layer).Distinct()]);
        var tables = ranges.Select(range => Table(second, run, range)).ToList();
        int batch = AblationTables.Batch(tower.Config, second.Layers.Count, most);
        new DatasetPass(images, batch, stage, options).Run(read => Measure(read, second, tables), (read, found) =>
        {
            if (found is null) return;
            for (int i = 0; i < read.Indices.Count; i++) Representations[read.Indices[i]].copy_(found.Representations[i]);
            foreach (var part in found.Parts) sketches[part.Range.Layer].Add(part, read.Indices);
        });
        foreach (var table in tables) table.Dispose();
    }

    private static AblationTables Table(SecondOrder second, RunDirectory run, NeuronRange range)
    {
        using var directions = run.Neurons(range.Layer).DirectionTensor();
        return new(second.Paths, run.Neurons(range.Layer), range, [new("direction", directions)]);
    }

    private Batch Measure(ImageBatch read, SecondOrder second, List<AblationTables> tables)
    {
        using var scope = NewDisposeScope();
        using var turn = tower.Placement.Turn();
        var trace = tower.Trace(read.Pixels, second.Request);
        var parts = new List<SketchPart>();
        foreach (int layer in second.Layers)
        {
            using var inner = NewDisposeScope();
            var (coefficients, bias) = second.Factors(trace, layer);
            trace.MlpPost[layer].Dispose();
            foreach (var table in tables.Where(table => table.Range.Layer == layer))
                parts.Add(sketches[layer].Measure(table, coefficients.narrow(1, table.Range.First, table.Range.Count), bias)
                    .MoveToOuter());
        }
        foreach (var part in parts) part.MoveToOuter();
        return new(nn.functional.normalize(trace.Representation.ToHost(), 2, 1).MoveToOuterDisposeScope(), parts);
    }

    private sealed record Batch(Tensor Representations, IReadOnlyList<SketchPart> Parts);
}
