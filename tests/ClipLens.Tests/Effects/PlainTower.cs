using ClipLens.Models;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

/// <summary>A tower in double precision, written as the paper's definitions read, for one input at a time; slow.</summary>
/// <param name="tower">The tower.</param>
/// <param name="embed">The stream that enters the first block [T, d'] of an input, and the token that is read out.</param>
/// <param name="isCausal">Whether a token sees only those before it.</param>
internal sealed class PlainTower(ITower tower, Func<Tensor, (Tensor Stream, long Read)> embed, bool isCausal = false)
{
    private readonly TowerShape config = tower.Config;

    public PlainTower(ImageTower tower) : this(tower, pixels => (tower.Embed(pixels.unsqueeze(0))[0], 0))
    {
    }

    public PlainTower(TextTower tower) : this(tower, tokens =>
    {
        var (stream, route) = tower.Embed(tokens.unsqueeze(0));
        return (stream[0], route.Read[0].item<long>());
    }, isCausal: true)
    {
    }

    /// <summary>What a forward pass of an image leaves behind, block by block.</summary>
    /// <param name="Neurons">Post-activation values: [T, N].</param>
    /// <param name="Patterns">Attention of the token that is read out, per head: [H, T].</param>
    /// <param name="Norms">Mean and standard deviation of LN1 at every token: [T] each.</param>
    /// <param name="Final">Its stream after the last block: [d'].</param>
    /// <param name="Output">[d].</param>
    public sealed record Pass(List<Tensor> Neurons, List<Tensor> Patterns, List<(Tensor Mean, Tensor Std)> Norms, Tensor Final,
        Tensor Output);

    public Pass Forward(Tensor input)
    {
        List<Tensor> neurons = [], patterns = [];
        List<(Tensor, Tensor)> norms = [];
        var (entering, read) = embed(input);
        var stream = Double(entering);
        for (int i = 0; i < config.Layers; i++)
        {
            var block = tower.Blocks[i];
            norms.Add(Statistics(stream));
            var normed = Norm(stream, block.Norm1Gain, block.Norm1Bias);
            var heads = Enumerable.Range(0, config.Heads).Select(head =>
            {
                var (query, key, value) = (Part(block, 0, head, normed), Part(block, 1, head, normed), Part(block, 2, head, normed));
                var scores = query.matmul(key.t()) / Math.Sqrt(HeadWidth);
                if (isCausal) scores += full_like(scores, double.NegativeInfinity).triu(1);
                var pattern = scores.softmax(1);
                return (ToRead: pattern[read], Written: pattern.matmul(value).matmul(OutputOf(block, head).t()));
            }).ToList();
            patterns.Add(stack(heads.Select(head => head.ToRead)));
            stream = stream + heads.Aggregate(Double(block.OutBias), (sum, head) => sum + head.Written);
            var raw = Norm(stream, block.Norm2Gain, block.Norm2Bias).matmul(Double(block.FcWeight).t()) + Double(block.FcBias);
            var active = config.Activation == Activation.QuickGelu ? raw * (1.702 * raw).sigmoid()
                : raw * 0.5 * (1 + (raw / Math.Sqrt(2)).erf());
            neurons.Add(active);
            stream = stream + active.matmul(Double(block.ProjWeight).t()) + Double(block.ProjBias);
        }
        var output = Norm(stream[read], tower.FinalNorm!.Gain, tower.FinalNorm.Bias).matmul(Double(tower.Projection));
        return new(neurons, patterns, norms, stream[read], output);
    }

    /// <summary>
    /// The second-order effects of a block's neurons, each step of the way for itself: what neuron n writes at token t goes through LN1 of
    /// a later block (an affine map with the image's statistics), the values of one head, its attention to t and its output matrix, ln_post
    /// and the projection. Biases and means are shared equally by all that pass there: the (1 + 2 l') N parts of the stream that enters
    /// block l', and at the end the (1 + 2 L) parts of the last stream times H N (1 + 2 l').
    /// </summary>
    /// <returns>
    /// What the neuron's own writing gives by later head, token and neuron: [K, T, N, d]; and what the biases and means give each neuron:
    /// [N, d].
    /// </returns>
    public (Tensor Signal, Tensor Shares) SecondOrder(Tensor input, int layer)
    {
        var pass = Forward(input);
        var source = tower.Blocks[layer];
        int count = config.MlpWidth;
        // e_t = p_t w_n: [T, N, d'].
        var written = pass.Neurons[layer].unsqueeze(2) * Double(source.ProjWeight).t();
        var shares = zeros(count, tower.EmbedDim, ScalarType.Float64);
        var signals = new List<Tensor>();
        for (int later = layer + 1; later < config.Layers; later++)
        {
            var block = tower.Blocks[later];
            double parts = (1 + 2.0 * later) * count;
            for (int head = 0; head < config.Heads; head++)
            {
                signals.Add(ToOutput(pass, Carried(pass, block, later, head, written)));
                // The same way for what is not the neuron's own: its share of every bias and mean on the way.
                var own = (Double(source.ProjBias) / count - pass.Norms[later].Mean.unsqueeze(1) / parts).unsqueeze(1);
                var values = Double(block.Norm1Bias).matmul(Values(block, head).t()) + ValueBias(block, head);
                var there = Carried(pass, block, later, head, own).sum([0])
                    + pass.Patterns[later][head].sum() * values.matmul(OutputOf(block, head).t()) / parts
                    + Double(block.OutBias) / (parts * config.Heads);
                double last = parts * (1 + 2.0 * config.Layers) * config.Heads;
                var (mean, _) = Statistics(pass.Final);
                shares += ToOutput(pass, there - mean / last) + Unit(pass) * Double(tower.FinalNorm!.Bias)
                    .matmul(Double(tower.Projection)) / last;
            }
        }
        return (stack(signals), shares);
    }

    /// <summary>From the stream at every token [T, n, d'] through LN1's gain and deviation, one head's values, its attention and its output
    /// matrix.</summary>
    private Tensor Carried(Pass pass, TransformerBlock block, int later, int head, Tensor stream)
    {
        var normed = stream / pass.Norms[later].Std.view(-1, 1, 1) * Double(block.Norm1Gain);
        return pass.Patterns[later][head].view(-1, 1, 1) * normed.matmul(Values(block, head).t()).matmul(OutputOf(block, head).t());
    }

    /// <summary>Through ln_post's gain and deviation and the projection, in percent of the output's length.</summary>
    private Tensor ToOutput(Pass pass, Tensor stream) =>
        Unit(pass) * (stream / Statistics(pass.Final).Std * Double(tower.FinalNorm!.Gain)).matmul(Double(tower.Projection));

    private static Tensor Unit(Pass pass) => 100 / linalg.vector_norm(pass.Output);

    private int HeadWidth => config.Width / config.Heads;

    private Tensor Part(TransformerBlock block, int part, int head, Tensor normed)
    {
        long first = (long)part * config.Width + head * HeadWidth;
        return normed.matmul(Double(block.QkvWeight.narrow(0, first, HeadWidth)).t()) + Double(block.QkvBias.narrow(0, first, HeadWidth));
    }

    private Tensor Values(TransformerBlock block, int head) =>
        Double(block.QkvWeight.narrow(0, 2L * config.Width + head * HeadWidth, HeadWidth));

    private Tensor ValueBias(TransformerBlock block, int head) =>
        Double(block.QkvBias.narrow(0, 2L * config.Width + head * HeadWidth, HeadWidth));

    private Tensor OutputOf(TransformerBlock block, int head) => Double(block.OutWeight.narrow(1, (long)head * HeadWidth, HeadWidth));

    private Tensor Norm(Tensor stream, Tensor gain, Tensor bias)
    {
        var (mean, std) = Statistics(stream);
        return (stream - mean.unsqueeze(-1)) / std.unsqueeze(-1) * Double(gain) + Double(bias);
    }

    private (Tensor Mean, Tensor Std) Statistics(Tensor stream)
    {
        var mean = stream.mean([-1]);
        return (mean, ((stream - mean.unsqueeze(-1)).square().mean([-1]) + config.NormEpsilon).sqrt());
    }

    private static Tensor Double(Tensor tensor) => tensor.to(ScalarType.Float64);
}
