using ClipLens.Compute;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Reads off along directions of the joint space what the heads of a block (or of the attention that pools the tokens) carry from the
/// tokens to what is read out: for a head the vector
/// u = v P' W_OV diag(g1) turns a token's stream into its share of the output along v. Attention and norm statistics are the image's own,
/// held fixed.
/// </summary>
internal sealed class DirectionReadout
{
    private readonly ImageTower tower;
    private readonly OutputPaths paths;

    public DirectionReadout(ImageTower tower) => (this.tower, paths) = (tower, OutputPaths.For(tower));

    /// <summary>Number H of heads of a reader.</summary>
    public int Heads => tower.Pool?.Heads ?? tower.Config.Heads;

    /// <summary>The readers from one on, ascending: blocks, or the attention that pools the tokens alone.</summary>
    public int[] Readers(int first) => [.. paths.Behind(first - 1)];

    /// <summary>The vectors u of the heads of <see cref="Readers"/> from <paramref name="first"/> on, for C directions [C, d]: [R, H, C,
    /// d'].</summary>
    public Tensor Vectors(Tensor directions, int first)
    {
        using var scope = NewDisposeScope();
        var values = paths.Left(first - 1).transpose(1, 2).matmul(directions.On(tower.Device).t());
        var vectors = values.transpose(1, 2).bmm(paths.Right(first - 1));
        return vectors.view(-1, Heads, directions.shape[0], tower.Config.Width).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What a block's heads carry of a content of the tokens: sum over heads of attention / sigma1 times the content read along u, in the
    /// unit of the effects.
    /// </summary>
    /// <param name="trace">The forward pass of B images.</param>
    /// <param name="block">The reading block.</param>
    /// <param name="content">Any summand of the stream that enters the block: [B, T, d'].</param>
    /// <param name="vectors">The block's vectors u: [H, C, d'].</param>
    /// <returns>For every token: [B, C, T].</returns>
    public Tensor Carried(ForwardTrace trace, int block, Tensor content, Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var route = trace.Attention[block];
        var weights = route.Weights();
        var read = vectors.flatten(0, 1).matmul(content.transpose(1, 2)).unflatten(1, [Heads, vectors.shape[1]]);
        return (read * weights.unsqueeze(2)).sum([1]).mul_(Scale(trace)).MoveToOuterDisposeScope();
    }

    /// <summary>What a block's heads carry of the biases of LN1 and of the values, at every token: [B, C, T].</summary>
    public Tensor CarriedBiases(ForwardTrace trace, int block, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var left = paths.Left(block - 1).narrow(0, 0, Heads);
        var values = tower.Readers[block].Values().Bias;
        var written = left.matmul(values.view(Heads, -1, 1)).squeeze(2).matmul(directions.On(tower.Device).t());
        var route = trace.Attention[block];
        var pattern = route.OutScale is null ? route.Pattern : route.Pattern / route.OutScale.view(-1, 1, 1);
        return written.t().matmul(pattern).mul_(Scale(trace)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The second-order flow of some neurons: what they add to the output of one image along directions, split by token. Over the tokens it
    /// adds up to their second-order effect along the direction, less the bias share, which belongs to no token.
    /// </summary>
    /// <param name="trace">A forward pass that kept the neurons and how every later block reads.</param>
    /// <param name="image">The image's place in the batch.</param>
    /// <param name="neurons">The neurons, by block; at least one block, and not the last.</param>
    /// <param name="directions">C directions: [C, d].</param>
    /// <returns>[C, T].</returns>
    public Tensor Flow(ForwardTrace trace, int image, IReadOnlyDictionary<int, long[]> neurons, Tensor directions)
    {
        using var scope = NewDisposeScope();
        int first = neurons.Keys.Min() + 1;
        long tokens = trace.MlpPost[first - 1].shape[1];
        var vectors = Vectors(directions, first);
        var sum = zeros(directions.shape[0], tokens, device: tower.Device);
        var written = zeros(tokens, tower.Config.Width, device: tower.Device);
        int next = first - 1;
        foreach (var (place, reader) in Readers(first).Index())
        {
            for (; next < reader; next++)
                if (neurons.TryGetValue(next, out long[]? chosen)) written.add_(Written(trace, image, next, chosen));
            sum.add_(Carried(trace, image, reader, written, vectors[place]).sum([0]));
        }
        return sum.mul_(Scale(trace)[image].view(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The flow of some neurons of one block, split by the readers and heads through which it goes as well: [R, H, C,
    /// T].</summary>
    /// <inheritdoc cref="Flow"/>
    public Tensor FlowByHead(ForwardTrace trace, int image, int layer, long[] neurons, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var vectors = Vectors(directions, layer + 1);
        var written = Written(trace, image, layer, neurons);
        var parts = Readers(layer + 1).Select((reader, place) => Carried(trace, image, reader, written, vectors[place]));
        return stack(parts, 0).mul_(Scale(trace)[image].view(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The flow of a block's neurons from a region of one image, split by neuron.</summary>
    /// <param name="trace">A forward pass that kept the neurons and how every later block reads.</param>
    /// <param name="image">The image's place in the batch.</param>
    /// <param name="layer">The block; from the last nothing flows.</param>
    /// <param name="direction">The direction: [d].</param>
    /// <param name="region">How much each token counts, the class token first: [T].</param>
    /// <returns>[N].</returns>
    public Tensor FlowByNeuron(ForwardTrace trace, int image, int layer, Tensor direction, Tensor region)
    {
        using var scope = NewDisposeScope();
        int first = layer + 1;
        if (Readers(first).Length == 0) return zeros(tower.Config.MlpWidth, device: tower.Device).MoveToOuterDisposeScope();
        var read = Vectors(direction.unsqueeze(0), first).flatten(0, 2).matmul(tower.Blocks[layer].Columns);
        var weights = cat([.. Readers(first).Select(reader => Weights(trace, image, reader))], 0) * region.On(tower.Device);
        var gathered = weights.matmul(tower.Blocks[layer].Amounts(trace.MlpPost[layer][image]));
        return (read * gathered).sum([0]).mul_(Scale(trace)[image].view(1)).MoveToOuterDisposeScope();
    }

    /// <summary>What some neurons of a block write at the tokens of one image: [T, d'].</summary>
    private Tensor Written(ForwardTrace trace, int image, int layer, long[] neurons)
    {
        var (indices, block) = (TensorMoves.Indices(neurons, tower.Device), tower.Blocks[layer]);
        return block.Amounts(trace.MlpPost[layer][image]).index_select(1, indices).matmul(block.Columns.index_select(1, indices).t());
    }

    /// <summary>What every head of a block carries of a content [T, d'] of one image, not scaled: [H, C, T].</summary>
    private Tensor Carried(ForwardTrace trace, int image, int reader, Tensor content, Tensor vectors)
    {
        var read = vectors.flatten(0, 1).matmul(content.t()).unflatten(0, [Heads, vectors.shape[1]]);
        return read * Weights(trace, image, reader).unsqueeze(1);
    }

    /// <summary>a_t / sigma1_t of the heads of a block: [H, T].</summary>
    private static Tensor Weights(ForwardTrace trace, int image, int reader)
    {
        var route = trace.Attention[reader];
        var weights = route.Pattern[image] / route.Ln1Scale[image];
        return route.OutScale is null ? weights : weights / route.OutScale[image];
    }

    /// <summary>100 / (||M(I)|| sigma_p), which brings what is read along u to the unit of the effects: [B, 1, 1].</summary>
    public static Tensor Scale(ForwardTrace trace) => SecondOrder.UnitScale(trace.Representation).div_(trace.LnFinalScale).view(-1, 1, 1);
}
