using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>
/// The attention that makes one vector of all tokens: a learnt query attends to the normed tokens. With the probe of SigLIP and PE-Core an
/// MLP follows, whose output is added; it is the only part that is not linear in the tokens once attention and norm are held fixed.
/// </summary>
internal sealed class AttentionPool : IReader, IDisposable
{
    private readonly Tensor query, keyWeight, keyBias, valueWeight, valueBias;
    private readonly LayerNorm tokenNorm;
    private readonly LayerNorm? mlpNorm;
    private readonly Mlp? mlp;
    private readonly List<IDisposable> owned = [];

    /// <param name="load">Loads a tensor of the pool by its name and shape; the pool owns it.</param>
    /// <param name="config">The tower's shape.</param>
    /// <param name="finalNorm">The tower's last norm, which a probe reads through; it stays the tower's.</param>
    public AttentionPool(Func<string, long[], Tensor> load, VisionConfig config, LayerNorm finalNorm)
    {
        using var _ = no_grad();
        var pool = config.Pool!;
        bool hasProbe = config.Pooling == VisionPooling.Probe;
        (Heads, long width) = (pool.Heads, pool.Width);
        var weights = Weights(load, config.Width, width);
        using var bias = load("attn.in_proj_bias", [3 * width]);
        (keyWeight, valueWeight) = (weights[1], weights[2]);
        (keyBias, valueBias) = (Own(bias.narrow(0, width, width).clone()), Own(bias.narrow(0, 2 * width, width).clone()));
        tokenNorm = hasProbe ? finalNorm : Own(LayerNorm.Load(load, "ln_k", config.Width, config.NormEpsilon));
        using var learnt = hasProbe ? load("probe", [width]) : FirstQuery(load, pool, config.NormEpsilon);
        // The query is the same for every image: it is worked out once, the heads' scale within it.
        query = Own(nn.functional.linear(learnt, weights[0], bias.narrow(0, 0, width)).div_(Math.Sqrt(width / Heads)).view(Heads, 1, -1));
        Output = WriteMap.Plain(Own(load("attn.out_proj.weight", [width, width])), Own(load("attn.out_proj.bias", [width])));
        if (pool.MlpWidth == 0) return;
        mlpNorm = Own(LayerNorm.Load(load, "ln", width, config.NormEpsilon));
        mlp = Own(Mlp.Load(load, width, pool.MlpWidth, config.Activation));
    }

    public int Heads { get; }

    public WriteMap Output { get; }

    /// <summary>Mean and standard deviation of the tokens, as the norm before the attention takes them: [B, T] each.</summary>
    public (Tensor Mean, Tensor Std) Statistics(Tensor stream) => tokenNorm.Statistics(stream);

    /// <summary>Attention to every token [B, G, T] and what the heads gather [B, W] of a stream [B, T, d'].</summary>
    public (Tensor Pattern, Tensor Mixed) Attend(Tensor stream)
    {
        var normed = tokenNorm.Apply(stream);
        var keys = nn.functional.linear(normed, keyWeight, keyBias).unflatten(2, [Heads, -1]).transpose(1, 2);
        var values = nn.functional.linear(normed, valueWeight, valueBias).unflatten(2, [Heads, -1]).transpose(1, 2);
        var pattern = query.matmul(keys.transpose(2, 3)).softmax(-1);
        return (pattern.squeeze(2), pattern.matmul(values).transpose(1, 2).flatten(1));
    }

    /// <summary>The pooled vector [B, W] of what the heads gathered.</summary>
    public Tensor Pool(Tensor mixed)
    {
        var written = nn.functional.linear(mixed, Output.Matrix, Output.Fixed);
        return Remainder(written) is { } rest ? rest.add_(written) : written;
    }

    /// <summary>What the pool's own MLP adds to the written vector [B, W]; null where it has none.</summary>
    public Tensor? Remainder(Tensor written) => mlp?.Write(mlp.Neurons(mlpNorm!.Apply(written)));

    public (Tensor Matrix, Tensor Bias) Values() => (valueWeight * tokenNorm.Gain, valueWeight.mv(tokenNorm.Bias) + valueBias);

    public void Dispose() => owned.ForEach(part => part.Dispose());

    private static Tensor FirstQuery(Func<string, long[], Tensor> load, PoolConfig pool, double epsilon)
    {
        using var norm = LayerNorm.Load(load, "ln_q", pool.Width, epsilon);
        using var queries = load("query", [pool.Queries, pool.Width]);
        return norm.Apply(queries[0]);
    }

    // Queries, keys and values apart: they stand together where the widths allow it.
    private Tensor[] Weights(Func<string, long[], Tensor> load, long tokenWidth, long width)
    {
        if (tokenWidth != width)
        {
            return [Own(load("attn.q_proj_weight", [width, width])), Own(load("attn.k_proj_weight", [width, tokenWidth])),
                Own(load("attn.v_proj_weight", [width, tokenWidth]))];
        }
        using var joint = load("attn.in_proj_weight", [3 * width, width]);
        return [.. joint.split(width, 0).Select(part => Own(part.clone()))];
    }

    private T Own<T>(T part) where T : IDisposable
    {
        owned.Add(part);
        return part;
    }
}
