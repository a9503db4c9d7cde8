using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Indirect effects: by how much the output changes when a neuron's activation is replaced by its mean over a dataset, token by token, in a
/// true forward pass (paper, Section 3.1). The pass goes on from the neuron's layer; every layer after it runs once for a neuron and an
/// image, save what can be had from the unchanged pass. Made by <see cref="NeuronLens.PrepareIndirect"/> for some neurons of a layer and
/// used for any number of batches, from any thread; the model must outlive it.
/// </summary>
public sealed class IndirectEffects : IDisposable
{
    private const long HiddenBytes = 32L << 20;
    private readonly ImageTower tower;
    private readonly int layer, chunk;
    private readonly bool isPlain;
    private readonly Tensor written, mean, indices;
    private readonly ShiftedBlock? next;
    private readonly ClassTokenBlock? last;

    // What saves most of the work: see ShiftedBlock and ClassTokenBlock.
    /// <summary>Prepares some neurons of a block.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="layer">The block.</param>
    /// <param name="neurons">The neurons, n of them.</param>
    /// <param name="mean">Mean activations of all the block's neurons over a dataset, by token: [T, N].</param>
    internal IndirectEffects(ImageTower tower, int layer, IReadOnlyList<int> neurons, Tensor mean)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        CheckPrecise(tower);
        (this.tower, this.layer) = (tower, layer);
        var config = tower.Config;
        indices = TensorMoves.Indices(neurons, tower.Device).DetachFromDisposeScope();
        written = tower.Blocks[layer].Columns.index_select(1, indices).t().contiguous().DetachFromDisposeScope();
        this.mean = mean.On(tower.Device).index_select(1, indices).t().contiguous().DetachFromDisposeScope();
        // What a neuron writes is a multiple of one vector only where no norm is on the way, and queries are the stream's alone.
        isPlain = config is { Pooling: VisionPooling.ClassToken, Block: BlockKind.PreNorm, Rotary: null };
        if (isPlain && layer + 1 < config.Layers) next = new ShiftedBlock(tower.Blocks[layer + 1], written, config.NormEpsilon);
        if (isPlain && layer + 2 < config.Layers) last = new ClassTokenBlock(tower.Blocks[^1]);
        chunk = (int)Math.Clamp(HiddenBytes / (4L * config.Tokens * config.MlpWidth), 1, 256);
        Request = new TraceRequest { MlpPost = [layer], ResidMid = [layer] };
    }

    /// <summary>What a forward pass must keep.</summary>
    public TraceRequest Request { get; }

    /// <summary>The effects of the neurons on a batch.</summary>
    /// <param name="trace">A forward pass that kept what <see cref="Request"/> asks for.</param>
    /// <param name="cancellation">Stops between groups of neurons.</param>
    /// <returns>
    /// The changed output less the model's own, both scaled to a length of 100 (<see cref="NeuronLens.Unit"/>): [B, n, d], in the caller's
    /// dispose scope.
    /// </returns>
    public Tensor Measure(ForwardTrace trace, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        using var scope = NewDisposeScope();
        var outputs = stack(Enumerable.Range(0, (int)trace.Representation.shape[0]).Select(image => OfImage(trace, image, cancellation)));
        return (Scaled(outputs) - Scaled(trace.Representation).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The change of the output when all neurons of the block are replaced by their means at once, in the effects' unit: [B,
    /// d].</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="trace">A forward pass that kept the block's middle stream.</param>
    /// <param name="layer">The block.</param>
    /// <param name="mean">[T, N].</param>
    internal static Tensor OfAll(ImageTower tower, ForwardTrace trace, int layer, Tensor mean)
    {
        using var scope = NewDisposeScope();
        return (Scaled(Replaced(tower, trace, layer, mean)) - Scaled(trace.Representation)).MoveToOuterDisposeScope();
    }

    /// <summary>The output, not normalised, when a block's neurons are other than they were: [B, d].</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="trace">A forward pass that kept the block's middle stream.</param>
    /// <param name="layer">The block.</param>
    /// <param name="neurons">The neurons' activations: [T, N] or [B, T, N].</param>
    internal static Tensor Replaced(ImageTower tower, ForwardTrace trace, int layer, Tensor neurons)
    {
        CheckPrecise(tower);
        using var scope = NewDisposeScope();
        var stream = trace.ResidMid[layer] + tower.Blocks[layer].Write(neurons.On(tower.Device));
        return tower.Continue(stream, layer + 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { written, mean, indices }) tensor.Dispose();
        next?.Dispose();
        last?.Dispose();
    }

    private Tensor OfImage(ForwardTrace trace, int image, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var neurons = trace.MlpPost[layer][image];
        var stream = trace.ResidMid[layer][image] + tower.Blocks[layer].Write(neurons);
        var amounts = mean - neurons.index_select(1, indices).t();
        var unchanged = next?.Prepare(stream);
        var parts = new List<Tensor>();
        for (int first = 0; first < written.shape[0]; first += chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(chunk, written.shape[0] - first);
            var own = amounts.narrow(0, first, count);
            parts.Add(isPlain ? OfChunk(stream, unchanged, own, first) : Rerun(trace, image, own, first));
        }
        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Outputs, not scaled, for neurons from <paramref name="first"/> on: [c, d].</summary>
    private Tensor OfChunk(Tensor stream, ShiftedBlock.Unchanged? unchanged, Tensor amounts, int first)
    {
        using var scope = NewDisposeScope();
        if (next is null)
        {
            var own = stream[0] + amounts.narrow(1, 0, 1) * written.narrow(0, first, amounts.shape[0]);
            return ReadOut(own);
        }
        if (last is null) return ReadOut(next.ForwardClassToken(unchanged!, amounts, first));
        var changed = next.Forward(unchanged!, amounts, first);
        foreach (var block in tower.Blocks.Skip(layer + 2).SkipLast(1)) changed = block.Forward(changed);
        return ReadOut(last.Forward(changed));

        Tensor ReadOut(Tensor classToken) => tower.ReadOut(classToken.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The same by the whole pass from the block on, with the neurons as they become: for towers of any kind.</summary>
    private Tensor Rerun(ForwardTrace trace, int image, Tensor amounts, int first)
    {
        using var scope = NewDisposeScope();
        int count = (int)amounts.shape[0];
        var neurons = trace.MlpPost[layer][image].unsqueeze(0).expand(count, -1, -1).clone();
        for (int i = 0; i < count; i++) neurons[i].index_add_(1, indices.narrow(0, first + i, 1), amounts[i].unsqueeze(1), 1);
        var stream = trace.ResidMid[layer][image] + tower.Blocks[layer].Write(neurons);
        return tower.Continue(stream, layer + 1).MoveToOuterDisposeScope();
    }

    private static void CheckPrecise(ImageTower tower)
    {
        if (tower.Placement.IsHalf) throw new SettingException("Type",
            "Replaced neurons are told from a difference of two forward passes, which "
            + "half precision rounds away; take float32.");
    }

    private static Tensor Scaled(Tensor representation) => representation * SecondOrder.UnitScale(representation).unsqueeze(-1);
}
