using ClipLens.Compute;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>The parameters of one residual block (attention, then MLP, each with its layer norms: <see cref="BlockKind"/>) and the steps of
/// its forward pass.</summary>
internal sealed class TransformerBlock : IReader, IDisposable
{
    private readonly BlockKind kind;
    private readonly LayerNorm norm1, norm2;
    private readonly LayerNorm? headsNorm, neuronsNorm;
    private readonly Mlp mlp;
    private readonly List<IDisposable> owned = [];

    private TransformerBlock(Func<string, long[], Tensor> load, int width, int heads, int mlpWidth, Activation activation, double epsilon,
        BlockKind kind)
    {
        using var _ = no_grad();
        (this.kind, Heads) = (kind, heads);
        norm1 = Own(LayerNorm.Load(load, "ln_1", width, epsilon));
        QkvWeight = Own(load("attn.in_proj_weight", [3 * width, width]));
        QkvBias = Own(load("attn.in_proj_bias", [3 * width]));
        OutWeight = Own(load("attn.out_proj.weight", [width, width]));
        OutBias = Own(load("attn.out_proj.bias", [width]));
        norm2 = Own(LayerNorm.Load(load, "ln_2", width, epsilon));
        mlp = Own(Mlp.Load(load, width, mlpWidth, activation, gated: kind == BlockKind.InnerNorm));
        if (kind == BlockKind.InnerNorm)
        {
            headsNorm = Own(LayerNorm.Load(load, "attn.ln", width, epsilon));
            neuronsNorm = Own(LayerNorm.Load(load, "mlp.ln", mlpWidth, epsilon));
        }
        Output = Map(headsNorm, norm1, OutWeight, OutBias);
        Writes = Map(neuronsNorm, norm2, mlp.ProjWeight, mlp.ProjBias);
    }

    public int Heads { get; }

    /// <summary>Queries, keys and values, one below the other: [3 d', d'].</summary>
    public Tensor QkvWeight { get; }
    public Tensor QkvBias { get; }
    public Tensor OutWeight { get; }
    public Tensor OutBias { get; }
    public Tensor Norm1Gain => norm1.Gain;
    public Tensor Norm1Bias => norm1.Bias;
    public Tensor Norm2Gain => norm2.Gain;
    public Tensor Norm2Bias => norm2.Bias;
    public Tensor FcWeight => mlp.FcWeight;
    public Tensor FcBias => mlp.FcBias;

    /// <summary>The MLP's output matrix [d', N] as it is stored; what neuron n writes is column n of <see cref="Columns"/>.</summary>
    public Tensor ProjWeight => mlp.ProjWeight;
    public Tensor ProjBias => mlp.ProjBias;

    public WriteMap Output { get; }

    /// <summary>How the neurons are written to the stream.</summary>
    public WriteMap Writes { get; }

    /// <summary>What the neurons write: column n of [d', N] for neuron n, in the unit of <see cref="Amounts"/>.</summary>
    public Tensor Columns => Writes.Matrix;

    /// <summary>Whether neither heads nor neurons pass a norm on their way to the stream.</summary>
    public bool WritesPlainly => kind == BlockKind.PreNorm;

    public static TransformerBlock Load(PlacedWeights weights, string prefix, VisionConfig config) =>
        new((name, shape) => weights.Load(prefix + name, shape), config.Width, config.Heads, config.MlpWidth, config.Activation,
            config.NormEpsilon, config.Block);

    public static TransformerBlock Load(PlacedWeights weights, string prefix, TextConfig config) =>
        new((name, shape) => weights.Load(prefix + name, shape), config.Width, config.Heads, config.MlpWidth, config.Activation,
            config.NormEpsilon, BlockKind.PreNorm);

    /// <summary>The stream [.., d'] as the attention reads it.</summary>
    public Tensor Norm1(Tensor stream) => kind == BlockKind.PostNorm ? stream : norm1.Apply(stream);

    /// <summary>Mean and standard deviation (epsilon included) of LN1 at every token, two tensors of the stream's shape less the last axis;
    /// 0 and 1 where the attention reads the stream as it is.</summary>
    public (Tensor Mean, Tensor Std) Norm1Statistics(Tensor stream) => kind != BlockKind.PostNorm ? norm1.Statistics(stream)
        : (zeros(stream.shape[..^1], device: stream.device), ones(stream.shape[..^1], device: stream.device));

    internal static (Tensor Mean, Tensor Std) NormStatistics(Tensor stream, double epsilon)
    {
        stream = stream.Single();
        var mean = stream.mean([-1]);
        var squares = linalg.vector_norm(stream, 2, [-1]).pow_(2).div_(stream.shape[^1]);
        return (mean, squares.sub_(mean.square()).add_(epsilon).sqrt_());
    }

    /// <summary>Statistics of the norm between the heads and the stream, from what they gathered [.., d']; null where there is
    /// none.</summary>
    public (Tensor Mean, Tensor Std)? OutputStatistics(Tensor mixed) => kind switch
    {
        BlockKind.InnerNorm => headsNorm!.Statistics(mixed),
        BlockKind.PostNorm => norm1.Statistics(Linear(mixed, OutWeight, OutBias)),
        _ => null,
    };

    /// <summary>Statistics of the norm between the neurons [.., N] and the stream; null where there is none.</summary>
    public (Tensor Mean, Tensor Std)? WriteStatistics(Tensor neurons) => kind switch
    {
        BlockKind.InnerNorm => neuronsNorm!.Statistics(neurons),
        BlockKind.PostNorm => norm2.Statistics(mlp.Write(neurons)),
        _ => null,
    };

    /// <summary>How much of its column each neuron [.., N] writes: itself, or by the deviation of the norm that it passes.</summary>
    public Tensor Amounts(Tensor neurons) => WriteStatistics(neurons) is { } found ? neurons / found.Std.unsqueeze(-1) : neurons;

    /// <summary>Queries, keys and values of a normed stream [B, T, d'], each [B, H, T, d'/H].</summary>
    public (Tensor Query, Tensor Key, Tensor Value) Project(Tensor normed, Rotary? rotary = null)
    {
        long width = normed.shape[2];
        var parts = Linear(normed, QkvWeight, QkvBias).split(width, 2);
        var (query, key) = (SplitHeads(parts[0]), SplitHeads(parts[1]));
        return rotary is null ? (query, key, SplitHeads(parts[2])) : (rotary.Turn(query), rotary.Turn(key), SplitHeads(parts[2]));
    }

    /// <summary>The same with the class token's query alone: [B, H, 1, d'/H] beside the keys and values of all tokens.</summary>
    public (Tensor Query, Tensor Key, Tensor Value) ProjectForClassToken(Tensor normed, Rotary? rotary = null)
    {
        long width = normed.shape[2];
        var query = Linear(normed.narrow(1, 0, 1), QkvWeight.narrow(0, 0, width), QkvBias.narrow(0, 0, width));
        var parts = Linear(normed, QkvWeight.narrow(0, width, 2 * width), QkvBias.narrow(0, width, 2 * width))
            .split(width, 2);
        var key = SplitHeads(parts[0]);
        return (SplitHeads(query), rotary is null ? key : rotary.Turn(key), SplitHeads(parts[1]));
    }

    /// <summary>The attention's output before the output matrix, heads side by side: [B, T, d'].</summary>
    /// <param name="query">[B, H, T, d'/H].</param>
    /// <param name="key">The same shape.</param>
    /// <param name="value">The same shape.</param>
    /// <param name="causal">Whether a token sees only those before it.</param>
    /// <param name="mask">Added to the scores: [B, 1, T, T].</param>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, bool causal = false, Tensor? mask = null)
    {
        var mixed = nn.functional.scaled_dot_product_attention(query, key, value, mask, is_casual: causal);
        return mixed.transpose(1, 2).flatten(2);
    }

    /// <summary>Attention of the class token to every token, per head: [B, H, T].</summary>
    public static Tensor ClassAttention(Tensor query, Tensor key)
    {
        var first = query.narrow(2, 0, 1).Single().mul(1 / Math.Sqrt(query.shape[3]));
        return first.matmul(key.Single().transpose(2, 3)).squeeze(2).softmax(-1);
    }

    /// <summary>Attention of every token to every token, per head: [B, H, T, T].</summary>
    public static Tensor Attention(Tensor query, Tensor key) => query.Single().mul(1 / Math.Sqrt(query.shape[3]))
        .matmul(key.Single().transpose(2, 3))
        .softmax(-1);

    /// <summary>What the heads add to the stream.</summary>
    public Tensor Out(Tensor mixed)
    {
        if (headsNorm is not null) mixed = headsNorm.Apply(mixed);
        var written = Linear(mixed, OutWeight, OutBias);
        return kind == BlockKind.PostNorm ? norm1.Apply(written) : written;
    }

    /// <summary>The MLP's neurons for a stream [.., d']: [.., N].</summary>
    public Tensor Neurons(Tensor stream) => mlp.Neurons(kind == BlockKind.PostNorm ? stream : norm2.Apply(stream));

    /// <summary>What the neurons add to the stream, output bias included: [.., d'].</summary>
    public Tensor Write(Tensor neurons)
    {
        var written = mlp.Write(neuronsNorm is null ? neurons : neuronsNorm.Apply(neurons));
        return kind == BlockKind.PostNorm ? norm2.Apply(written) : written;
    }

    /// <summary>The whole block: [B, T, d'] to [B, T, d'].</summary>
    public Tensor Forward(Tensor stream, bool causal = false, Rotary? rotary = null, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = Project(Norm1(stream), rotary);
        var middle = Out(Attend(query, key, value, causal, mask)).add_(stream);
        return Write(Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    /// <summary>The whole block for the class token alone, from the stream of all tokens: [B, 1, d'].</summary>
    public Tensor ForwardClassToken(Tensor stream, Rotary? rotary = null)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = ProjectForClassToken(Norm1(stream), rotary);
        var middle = Out(Attend(query, key, value)).add_(stream.narrow(1, 0, 1));
        return Write(Neurons(middle)).add_(middle).MoveToOuterDisposeScope();
    }

    public (Tensor Matrix, Tensor Bias) Values()
    {
        long width = QkvWeight.shape[1];
        Tensor matrix = QkvWeight.narrow(0, 2 * width, width).Single(), bias = QkvBias.narrow(0, 2 * width, width).Single();
        return kind == BlockKind.PostNorm ? (matrix, bias) : (matrix.mul(norm1.Gain), matrix.matmul(norm1.Bias.Single()) + bias);
    }

    public void Dispose() => owned.ForEach(part => part.Dispose());

    private WriteMap Map(LayerNorm? inner, LayerNorm outer, Tensor weight, Tensor bias)
    {
        (weight, bias) = (Exact(weight), Exact(bias));
        if (kind == BlockKind.PreNorm) return WriteMap.Plain(weight, bias);
        var map = kind == BlockKind.InnerNorm ? WriteMap.NormFirst(inner!, weight, bias) : WriteMap.NormLast(outer, weight, bias);
        foreach (var tensor in new[] { map.Matrix, map.Fixed, map.Scaled, map.Mean })
            if (tensor is not null) Own(tensor);
        return map;
    }

    /// <summary>A weight in float32, for what is read off the block.</summary>
    private Tensor Exact(Tensor weight) => weight.dtype == ScalarType.Float32 ? weight : Own(weight.to(ScalarType.Float32));

    private T Own<T>(T part) where T : IDisposable
    {
        owned.Add(part);
        return part;
    }

    /// <summary>A product with a weight, in the weight's type.</summary>
    internal static Tensor Linear(Tensor values, Tensor weight, Tensor bias) => nn.functional.linear(values.As(weight), weight, bias);

    private Tensor SplitHeads(Tensor joined) => joined.unflatten(2, [Heads, joined.shape[2] / Heads]).transpose(1, 2);
}
