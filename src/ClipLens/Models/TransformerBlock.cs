using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The parameters of one pre-norm residual block (LN1 -> attention -> +, LN2 -> MLP -> +) and the steps of its forward
/// pass.</summary>
internal sealed class TransformerBlock : IDisposable
{
    private readonly Activation activation;
    private readonly double epsilon;

    private TransformerBlock(Func<string, long[], Tensor> load, int width, int heads, int mlpWidth, Activation activation, double epsilon)
    {
        this.activation = activation;
        this.epsilon = epsilon;
        Heads = heads;
        Norm1Gain = load("ln_1.weight", [width]);
        Norm1Bias = load("ln_1.bias", [width]);
        QkvWeight = load("attn.in_proj_weight", [3 * width, width]);
        QkvBias = load("attn.in_proj_bias", [3 * width]);
        OutWeight = load("attn.out_proj.weight", [width, width]);
        OutBias = load("attn.out_proj.bias", [width]);
        Norm2Gain = load("ln_2.weight", [width]);
        Norm2Bias = load("ln_2.bias", [width]);
        FcWeight = load("mlp.c_fc.weight", [mlpWidth, width]);
        FcBias = load("mlp.c_fc.bias", [mlpWidth]);
        ProjWeight = load("mlp.c_proj.weight", [width, mlpWidth]);
        ProjBias = load("mlp.c_proj.bias", [width]);
    }

    public int Heads { get; }
    public Tensor Norm1Gain { get; }
    public Tensor Norm1Bias { get; }

    /// <summary>Queries, keys and values, one below the other: [3 d', d'].</summary>
    public Tensor QkvWeight { get; }
    public Tensor QkvBias { get; }
    public Tensor OutWeight { get; }
    public Tensor OutBias { get; }
    public Tensor Norm2Gain { get; }
    public Tensor Norm2Bias { get; }
    public Tensor FcWeight { get; }
    public Tensor FcBias { get; }

    /// <summary>The MLP's output matrix [d', N]; column n is what neuron n writes.</summary>
    public Tensor ProjWeight { get; }
    public Tensor ProjBias { get; }

    private IEnumerable<Tensor> Parameters =>
        [Norm1Gain, Norm1Bias, QkvWeight, QkvBias, OutWeight, OutBias, Norm2Gain, Norm2Bias, FcWeight, FcBias, ProjWeight, ProjBias];

    public static TransformerBlock Load(Checkpoint checkpoint, string prefix, VisionConfig config) =>
        new((name, shape) => checkpoint.LoadTensor(prefix + name, shape),
            config.Width, config.Heads, config.MlpWidth, config.Activation, config.NormEpsilon);

    public static TransformerBlock Load(Checkpoint checkpoint, string prefix, TextConfig config) =>
        new((name, shape) => checkpoint.LoadTensor(prefix + name, shape),
            config.Width, config.Heads, config.MlpWidth, config.Activation, config.NormEpsilon);

    /// <summary>LN1 of a stream [.., d'].</summary>
    public Tensor Norm1(Tensor stream) =>
        nn.functional.layer_norm(stream, [stream.shape[^1]], Norm1Gain, Norm1Bias, epsilon);

    /// <summary>Mean and standard deviation (epsilon included) of LN1 at every token: two tensors of the stream's shape less the last
    /// axis.</summary>
    public (Tensor Mean, Tensor Std) Norm1Statistics(Tensor stream) => NormStatistics(stream, epsilon);

    internal static (Tensor Mean, Tensor Std) NormStatistics(Tensor stream, double epsilon)
    {
        var mean = stream.mean([-1]);
        var squares = linalg.vector_norm(stream, 2, [-1]).pow_(2).div_(stream.shape[^1]);
        return (mean, squares.sub_(mean.square()).add_(epsilon).sqrt_());
    }

    /// <summary>Queries, keys and values of a normed stream [B, T, d'], each [B, H, T, d'/H].</summary>
    public (Tensor Query, Tensor Key, Tensor Value) Project(Tensor normed)
    {
        long width = normed.shape[2];
        var parts = nn.functional.linear(normed, QkvWeight, QkvBias).split(width, 2);
        return (SplitHeads(parts[0]), SplitHeads(parts[1]), SplitHeads(parts[2]));
    }

    /// <summary>The same with the class token's query alone: [B, H, 1, d'/H] beside the keys and values of all tokens.</summary>
    public (Tensor Query, Tensor Key, Tensor Value) ProjectForClassToken(Tensor normed)
    {
        long width = normed.shape[2];
        var query = nn.functional.linear(normed.narrow(1, 0, 1), QkvWeight.narrow(0, 0, width), QkvBias.narrow(0, 0, width));
        var parts = nn.functional.linear(normed, QkvWeight.narrow(0, width, 2 * width), QkvBias.narrow(0, width, 2 * width))
            .split(width, 2);
        return (SplitHeads(query), SplitHeads(parts[0]), SplitHeads(parts[1]));
    }

    /// <summary>The attention's output before the output matrix, heads side by side: [B, T, d'].</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, bool causal = false)
    {
        var mixed = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: causal);
        return mixed.transpose(1, 2).flatten(2);
    }

    /// <summary>Attention of the class token to every token, per head: [B, H, T].</summary>
    public static Tensor ClassAttention(Tensor query, Tensor key)
    {
        var first = query.narrow(2, 0, 1).mul(1 / Math.Sqrt(query.shape[3]));
        return first.matmul(key.transpose(2, 3)).squeeze(2).softmax(-1);
    }

    /// <summary>Attention of every token to every token, per head: [B, H, T, T].</summary>
    public static Tensor Attention(Tensor query, Tensor key) => query.mul(1 / Math.Sqrt(query.shape[3])).matmul(key.transpose(2, 3))
        .softmax(-1);

    /// <summary>The output matrix of the attention.</summary>
    public Tensor Out(Tensor mixed) => nn.functional.linear(mixed, OutWeight, OutBias);

    /// <summary>Post-activation values of the MLP's neurons for a stream [.., d']: [.., N].</summary>
    public Tensor Neurons(Tensor stream)
    {
        var normed = nn.functional.layer_norm(stream, [stream.shape[^1]], Norm2Gain, Norm2Bias, epsilon);
        var raw = nn.functional.linear(normed, FcWeight, FcBias);
        return activation == Activation.Gelu ? nn.functional.gelu(raw) : raw.mul(1.702).sigmoid_().mul_(raw);
    }

    /// <summary>What the neurons write to the stream, output bias included: [.., d'].</summary>
    public Tensor Write(Tensor neurons) => nn.functional.linear(neurons, ProjWeight, ProjBias);

    /// <summary>The whole block: [B, T, d'] to [B, T, d'].</summary>
    public Tensor Forward(Tensor stream, bool causal = false)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = Project(Norm1(stream));
        var middle = Out(Attend(query, key, value, causal)).add_(stream);
        return Write(Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    /// <summary>The whole block for the class token alone, from the stream of all tokens: [B, 1, d'].</summary>
    public Tensor ForwardClassToken(Tensor stream)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = ProjectForClassToken(Norm1(stream));
        var middle = Out(Attend(query, key, value)).add_(stream.narrow(1, 0, 1));
        return Write(Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Dispose();
    }

    private Tensor SplitHeads(Tensor joined) => joined.unflatten(2, [Heads, joined.shape[2] / Heads]).transpose(1, 2);
}
