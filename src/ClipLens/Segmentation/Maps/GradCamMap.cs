using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>
/// The baseline GradCAM on the last block's attention, as the field's evaluations use it (Chefer et al. 2021): attention of the class token
/// times the mean gradient of each head, heads averaged, negative values dropped. What differentiates the cosine with the direction runs
/// from the output to the last block alone, so the gradient is written out instead of recorded.
/// </summary>
/// <param name="tower">The image tower.</param>
internal sealed class GradCamMap(ImageTower tower) : IHeatSource
{
    private readonly int last = tower.Config.Layers - 1;

    public TraceRequest Request { get; } = new()
    {
        ResidPre = [tower.Config.Layers - 1],
        Attention = [tower.Config.Layers - 1],
    };

    public Tensor Maps(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var gradients = AttentionGradients(trace, directions);
        var patches = gradients.narrow(3, 1, gradients.shape[3] - 1).mean([3], keepdim: true);
        var attention = trace.Attention[last].Pattern.unsqueeze(1);
        var map = (attention * patches).mean([2]).relu();
        return map.narrow(2, 1, map.shape[2] - 1).MoveToOuterDisposeScope();
    }

    /// <summary>Gradient of the cosine of output and direction by the class token's attention in the last block: [B, C, H, T].</summary>
    internal Tensor AttentionGradients(ForwardTrace trace, Tensor directions)
    {
        using var scope = NewDisposeScope();
        directions = directions.On(tower.Device);
        var block = tower.Blocks[last];
        var stream = trace.ResidPre[last];
        var (query, key, value) = block.ProjectForClassToken(block.Norm1(stream));
        var middle = block.Out(TransformerBlock.Attend(query, key, value)).add_(stream.narrow(1, 0, 1));
        var gradient = ThroughMlp(block, middle, ThroughOutput(block, middle, directions));
        var byHead = gradient.matmul(block.OutWeight).unflatten(2, [block.Heads, -1]).transpose(1, 2);
        return byHead.matmul(value.transpose(2, 3)).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Gradient of the cosines by the stream that leaves the last block: [B, C, d'].</summary>
    private Tensor ThroughOutput(TransformerBlock block, Tensor middle, Tensor directions)
    {
        var final = block.Write(block.Neurons(middle)) + middle;
        var output = tower.ReadOut(final);
        var length = linalg.vector_norm(output, 2, [1], keepdim: true);
        var unit = output / length;
        var cosines = unit.matmul(directions.t());
        var byOutput = (directions.unsqueeze(0) - cosines.unsqueeze(2) * unit.unsqueeze(1)) / length.unsqueeze(2);
        return NormGradient(final, byOutput.matmul(tower.Projection.t()) * tower.PostGain);
    }

    /// <summary>From the stream that leaves the block to the one between attention and MLP: [B, C, d'].</summary>
    private Tensor ThroughMlp(TransformerBlock block, Tensor middle, Tensor gradient)
    {
        var normed = nn.functional.layer_norm(middle, [tower.Config.Width], block.Norm2Gain, block.Norm2Bias, tower.Config.NormEpsilon);
        var raw = nn.functional.linear(normed, block.FcWeight, block.FcBias);
        var byRaw = gradient.matmul(block.ProjWeight) * ActivationSlope(raw);
        return NormGradient(middle, byRaw.matmul(block.FcWeight) * block.Norm2Gain) + gradient;
    }

    private Tensor ActivationSlope(Tensor raw)
    {
        if (tower.Config.Activation == Activation.QuickGelu)
        {
            var gate = (raw * 1.702).sigmoid();
            return gate * (raw * 1.702 * (1 - gate) + 1);
        }
        var density = (raw.square() * -0.5).exp() * (1 / Math.Sqrt(2 * Math.PI));
        return ((raw / Math.Sqrt(2)).erf() + 1) * 0.5 + raw * density;
    }

    /// <summary>Gradient by the input [B, 1, d'] of a layer norm, from that by its normed values [B, C, d'] (gain already
    /// applied).</summary>
    private Tensor NormGradient(Tensor input, Tensor gradient)
    {
        var (mean, std) = TransformerBlock.NormStatistics(input, tower.Config.NormEpsilon);
        var normed = (input - mean.unsqueeze(2)) / std.unsqueeze(2);
        var along = (gradient * normed).mean([2], keepdim: true);
        return (gradient - gradient.mean([2], keepdim: true) - normed * along) / std.unsqueeze(2);
    }
}
