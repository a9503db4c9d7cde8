using ClipLens.Ablation;
using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>What a range of n neurons does on a batch of B images.</summary>
/// <param name="Range">The neurons.</param>
/// <param name="Norms">Norms of their centred effects: [n, B].</param>
internal sealed record RangeNorms(NeuronRange Range, Tensor Norms);

/// <summary>What neurons do on a batch of B images.</summary>
/// <param name="Representations">Unit representations of those images that could be read: [B, d].</param>
/// <param name="Ranges">Norms by range of neurons.</param>
internal sealed record BatchNorms(Tensor Representations, IReadOnlyList<RangeNorms> Ranges);

/// <summary>Norms of the centred effects of a run's neurons on images, of the run or held out.</summary>
internal sealed class NormPass : TablePass<RangeNorms, BatchNorms>
{
    private readonly int width;
    private readonly IReadOnlyList<LayerNeurons> layers;
    private readonly Action<ImageBatch, BatchNorms> visit;

    private NormPass(ImageTower tower, ImageBatchReader images, IReadOnlyList<LayerNeurons> layers, AblationSettings settings,
        Action<ImageBatch, BatchNorms> visit) : base(tower, images, settings) =>
        (width, this.layers, this.visit) = (tower.EmbedDim, layers, visit);

    /// <summary>Visits images.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="images">The images.</param>
    /// <param name="layers">The blocks' neurons, with their means.</param>
    /// <param name="settings">How it is done.</param>
    /// <param name="stage">What progress calls it.</param>
    /// <param name="visit">Takes the batches; one call at a time, in the order of the images, the whole dataset once for every group of
    /// neurons.</param>
    /// <param name="options">How it is run.</param>
    public static void Run(ImageTower tower, ImageBatchReader images, IReadOnlyList<LayerNeurons> layers, AblationSettings settings,
        string stage, Action<ImageBatch, BatchNorms> visit, WorkOptions options) =>
        new NormPass(tower, images, layers, settings, visit).Visit(layers.Select(layer => layer.Layer), 1, stage, options);

    protected override AblationTables Table(OutputPaths paths, NeuronRange range) =>
        AblationTables.AlongDirections(paths, layers.First(layer => layer.Layer == range.Layer), range);

    protected override RangeNorms Measure(AblationTables table, Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        return new(table.Range, table.Norms(coefficients, bias).contiguous().ToHost().MoveToOuterDisposeScope());
    }

    protected override BatchNorms Gather(ImageBatch read, Tensor representations, IReadOnlyList<RangeNorms> parts)
    {
        foreach (var part in parts) part.Norms.MoveToOuterDisposeScope();
        return new(nn.functional.normalize(representations.ToHost(), 2, 1).MoveToOuterDisposeScope(), parts);
    }

    protected override void Commit(ImageBatch read, BatchNorms? found) => visit(read, found ?? new(empty(0, width), []));
}
