using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// How what some parts compute (the heads of an attention, the neurons of an MLP) gets into the stream: an affine map of it once the
/// statistics of the layer norm on the way, if there is one, are held fixed. Values x become (Matrix x + Scaled) / sigma
/// - (mu / sigma) Mean + Fixed; without a norm on the way sigma is 1, and mu 0.
/// </summary>
/// <param name="Matrix">[d', n]; column n is what part n writes.</param>
/// <param name="Fixed">[d'].</param>
/// <param name="Scaled">[d'], null for zero.</param>
/// <param name="Mean">[d'], null where there is no norm on the way.</param>
internal sealed record WriteMap(Tensor Matrix, Tensor Fixed, Tensor? Scaled = null, Tensor? Mean = null)
{
    /// <summary>The map through a matrix alone.</summary>
    public static WriteMap Plain(Tensor weight, Tensor bias) => new(weight, bias);

    /// <summary>Through a norm, then a matrix.</summary>
    public static WriteMap NormFirst(LayerNorm norm, Tensor weight, Tensor bias) =>
        new(weight * norm.Gain, weight.mv(norm.Bias.Single()) + bias, null, weight.mv(norm.Gain.Single()));

    /// <summary>Through a matrix, then a norm.</summary>
    public static WriteMap NormLast(LayerNorm norm, Tensor weight, Tensor bias) =>
        new(weight * norm.Gain.unsqueeze(1), norm.Bias.Single().alias(), norm.Gain * bias, norm.Gain.Single().alias());

    /// <summary>What the map adds whatever the parts are, for statistics of any shape [..]: [.., d'].</summary>
    public Tensor Rest((Tensor Mean, Tensor Std)? statistics)
    {
        if (statistics is not { } found) return Fixed;
        var (mean, std) = (found.Mean.unsqueeze(-1), found.Std.unsqueeze(-1));
        var rest = Fixed - mean / std * Mean!;
        return Scaled is null ? rest : rest + Scaled / std;
    }
}
