using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs.Storage;
using static TorchSharp.torch;

namespace ClipLens.Runs.Studies.Portraits;

/// <summary>What a batch adds to the sketches of neurons.</summary>
/// <param name="Representations">Unit representations of its images: [B, d].</param>
/// <param name="Parts">What it adds, by range of neurons.</param>
internal sealed record SketchBatch(Tensor Representations, IReadOnlyList<SketchPart> Parts);

/// <summary>The pass over a run's images that portraits are made of.</summary>
internal sealed class PortraitPass : TablePass<SketchPart, SketchBatch>, IDisposable
{
    private readonly RunDirectory run;
    private readonly Dictionary<int, LayerSketch> sketches;

    private PortraitPass(RunDirectory run, ImageTower tower, ImageBatchReader images, int[] layers, int[] sample)
        : base(tower, images, new AblationSettings())
    {
        this.run = run;
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
        using var images = RunImages.Open(run, model);
        var pass = new PortraitPass(run, model.Image, images, layers, sample);
        pass.Visit(layers, 1, "Portraits", options);
        return pass;
    }

    /// <summary>What was found of a block, without what only the representations tell.</summary>
    public LayerPortraits Portraits(int layer, int[] sample) => sketches[layer].Finish(sample);

    public void Dispose()
    {
        Representations.Dispose();
        foreach (var sketch in sketches.Values) sketch.Dispose();
    }

    protected override AblationTables Table(OutputPaths paths, NeuronRange range) =>
        AblationTables.AlongDirections(paths, run.Neurons(range.Layer), range);

    protected override SketchPart Measure(AblationTables table, Tensor coefficients, Tensor bias) =>
        sketches[table.Range.Layer].Measure(table, coefficients, bias);

    protected override SketchBatch Gather(ImageBatch read, Tensor representations, IReadOnlyList<SketchPart> parts)
    {
        foreach (var part in parts) part.MoveToOuter();
        return new(nn.functional.normalize(representations.ToHost(), 2, 1).MoveToOuterDisposeScope(), parts);
    }

    protected override void Commit(ImageBatch read, SketchBatch? found)
    {
        if (found is null) return;
        for (int i = 0; i < read.Indices.Count; i++) Representations[read.Indices[i]].copy_(found.Representations[i]);
        foreach (var part in found.Parts) sketches[part.Range.Layer].Add(part, read.Indices);
    }
}
