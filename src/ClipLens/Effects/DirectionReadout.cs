using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Reads off along directions of the joint space what the heads of a block carry from the tokens to the class token: for a head the vector
/// u = v P' W_OV diag(g1) turns a token's stream into its share of the output along v. Attention and norm statistics are the picture's own,
/// held fixed.
/// </summary>
internal sealed class DirectionReadout
{
    private readonly ImageTower tower;
    private readonly OutputPaths paths;

    public DirectionReadout(ImageTower tower) => (this.tower, paths) = (tower, OutputPaths.For(tower));

    /// <summary>Number H of heads of a block.</summary>
    public int Heads => tower.Config.Heads;

    /// <summary>The vectors u of the heads of the blocks from <paramref name="first"/> on, for C directions [C, d]: [L - first, H, C, d'].</summary>
    public Tensor Vectors(Tensor directions, int first)
    {
        using var scope = NewDisposeScope();
        var values = paths.Left(first - 1).transpose(1, 2).matmul(directions.t());
        var vectors = values.transpose(1, 2).bmm(paths.Right(first - 1));
        return vectors.view(-1, Heads, directions.shape[0], tower.Config.Width).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What a block's heads carry of a content of the tokens: sum over heads of attention / sigma1 times the content read along u, in the unit of the effects.
    /// </summary>
    /// <param name="trace">The forward pass of B pictures.</param>
    /// <param name="block">The reading block.</param>
    /// <param name="content">Any summand of the stream that enters the block: [B, T, d'].</param>
    /// <param name="vectors">The block's vectors u: [H, C, d'].</param>
    /// <returns>For every token: [B, C, T].</returns>
    public Tensor Carried(ForwardTrace trace, int block, Tensor content, Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var route = trace.Attention[block];
        var weights = route.Pattern / route.Ln1Scale.unsqueeze(1);
        var read = vectors.flatten(0, 1).matmul(content.transpose(1, 2)).unflatten(1, [Heads, vectors.shape[1]]);
        return (read * weights.unsqueeze(2)).sum([1]).mul_(Scale(trace)).MoveToOuterDisposeScope();
    }

    /// <summary>What a block's heads carry of the biases of LN1 and of the values, at every token: [B, C, T].</summary>
    public Tensor CarriedBiases(ForwardTrace trace, int block, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var own = tower.Blocks[block];
        long width = tower.Config.Width;
        var values = own.QkvWeight.narrow(0, 2 * width, width).mv(own.Norm1Bias) + own.QkvBias.narrow(0, 2 * width, width);
        var left = paths.Left(block - 1).narrow(0, 0, Heads);
        var written = left.matmul(values.view(Heads, -1, 1)).squeeze(2).matmul(directions.t());
        return written.t().matmul(trace.Attention[block].Pattern).mul_(Scale(trace)).MoveToOuterDisposeScope();
    }

    /// <summary>100 / (||M(I)|| sigma_p), which brings what is read along u to the unit of the effects: [B, 1, 1].</summary>
    public static Tensor Scale(ForwardTrace trace) => SecondOrder.UnitScale(trace.Representation).div_(trace.LnFinalScale).view(-1, 1, 1);
}
