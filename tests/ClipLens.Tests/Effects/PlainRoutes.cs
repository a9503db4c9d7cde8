using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

/// <summary>
/// The routes of an image tower of any of the architectures, in double precision and written as docs/architectures.md defines them: step by
/// step for every token and head, from the reference code's own activations and attention of one image. A norm on the way is the affine map
/// that the image's statistics make of it, and each of so many equal parts carries its share of every bias and mean.
/// </summary>
internal sealed class PlainRoutes
{
    private readonly Checkpoint checkpoint;
    private readonly GoldenArchitecture golden;
    private readonly VisionConfig config;
    private readonly int image;
    private readonly double finalParts;

    public PlainRoutes(Checkpoint checkpoint, GoldenArchitecture golden, int image)
    {
        (this.checkpoint, this.golden, this.image) = (checkpoint, golden, image);
        config = checkpoint.Config.Vision;
        finalParts = config.Pooling switch { VisionPooling.Probe => 2, VisionPooling.Query => 1, _ => 1 + 2 * config.Layers };
    }

    /// <summary>The attentions that lead straight to the output: every block, or the pool.</summary>
    public int[] Readers => config.Pool is null ? [.. Enumerable.Range(0, config.Layers)] : [config.Layers];

    /// <summary>The stream that enters the first block: [T, 1, d'].</summary>
    public Tensor Embedding => Golden("residual.0").unsqueeze(1);

    /// <summary>What a block's attention adds to the stream: [T, 1, d'].</summary>
    public Tensor AttentionOutput(int layer)
    {
        var normed = ReadNorm(layer, Golden($"residual.{layer}").unsqueeze(1), 1).squeeze(1);
        var heads = Enumerable.Range(0, config.Heads).Select(head =>
            Golden($"attn.{layer}")[head].matmul(normed.matmul(Value(layer, head).t()) + ValueBias(layer, head)));
        var mixed = cat([.. heads], 1);
        if (config.Block == BlockKind.InnerNorm) mixed = Norm(mixed, mixed, Block(layer, "attn.ln"), 1);
        var written = mixed.matmul(Weight(Block(layer, "attn.out_proj.weight")).t()) + Weight(Block(layer, "attn.out_proj.bias"));
        return (config.Block == BlockKind.PostNorm ? Norm(written, written, Block(layer, "ln_1"), 1) : written).unsqueeze(1);
    }

    /// <summary>What each neuron of a block writes, with its share of what the MLP adds: [T, N, d'].</summary>
    public Tensor Written(int layer)
    {
        var neurons = Golden($"mlp_act.{layer}");
        int count = config.MlpWidth;
        Tensor weight = Weight(Block(layer, "mlp.c_proj.weight")), bias = Weight(Block(layer, "mlp.c_proj.bias"));
        var alone = neurons.unsqueeze(2) * eye(count, dtype: ScalarType.Float64);
        if (config.Block == BlockKind.InnerNorm) alone = Norm(alone, neurons, Block(layer, "mlp.ln"), count);
        var written = alone.matmul(weight.t()) + bias / count;
        return config.Block == BlockKind.PostNorm ? Norm(written, neurons.matmul(weight.t()) + bias, Block(layer, "ln_2"), count) : written;
    }

    /// <summary>What parts of the stream give the output through all heads of a reader.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="parts">[T, n, d'], each one of <paramref name="count"/> equal ones that make the stream.</param>
    /// <param name="count">How many equal parts share biases and means.</param>
    /// <returns>[n, d], in percent of the output's length.</returns>
    public Tensor Through(int reader, Tensor parts, double count)
    {
        int heads = config.Pool?.Heads ?? config.Heads;
        var gathered = Enumerable.Range(0, heads).Select(head => Gathered(reader, head, parts, count)).ToList();
        // The whole vector that a norm behind the heads sees comes from the whole stream.
        var stream = Golden($"residual.{reader}").unsqueeze(1);
        var whole = cat([.. Enumerable.Range(0, heads).Select(head => Gathered(reader, head, stream, 1))], 1);
        string attention = config.Pool is null ? Block(reader, "attn.") : "visual.attn_pool.attn.";
        Tensor weight = Weight(attention + "out_proj.weight"), bias = Weight(attention + "out_proj.bias");
        var sum = zeros(parts.shape[1], checkpoint.Config.EmbedDim, ScalarType.Float64);
        int width = (int)gathered[0].shape[1];
        for (int head = 0; head < heads; head++)
        {
            var own = gathered[head];
            if (config.Pool is null && config.Block == BlockKind.InnerNorm)
            {
                var (gain, shift) = (Weight(attention + "ln.weight"), Weight(attention + "ln.bias"));
                var (mean, std) = Statistics(whole);
                own = (own - mean / count) / std * gain.narrow(0, head * width, width) + shift.narrow(0, head * width, width) / count;
            }
            var written = own.matmul(weight.narrow(1, head * width, width).t()) + bias / (count * heads);
            if (config.Pool is null && config.Block == BlockKind.PostNorm)
                written = Norm(written, whole.matmul(weight.t()) + bias, Block(reader, "ln_1"), count * heads);
            sum = sum + ToOutput(written, count * heads * finalParts);
        }
        return sum;
    }

    /// <summary>What a head of a reader gathers from parts of the stream for what is read out: [n, d_head].</summary>
    private Tensor Gathered(int reader, int head, Tensor parts, double count)
    {
        var values = ReadNorm(reader, parts, count).matmul(Value(reader, head).t()) + ValueBias(reader, head) / count;
        var attention = config.Pool is not null ? Golden("pool.attn")[head][0] : Golden($"attn.{reader}")[head];
        if (config.Pool is null)
            attention = config.Pooling == VisionPooling.Average ? attention.narrow(0, 1, attention.shape[0] - 1).mean([0]) : attention[0];
        return (attention.view(-1, 1, 1) * values).sum([0]);
    }

    /// <summary>Through the last norm, the projection and its bias, in percent of the output's length.</summary>
    private Tensor ToOutput(Tensor written, double count)
    {
        if (config.Pooling != VisionPooling.Probe)
        {
            var last = Golden($"residual.{config.Layers}");
            var pooled = config.Pooling switch
            {
                VisionPooling.ClassToken => last[0],
                VisionPooling.Average => last.narrow(0, 1, last.shape[0] - 1).mean([0]),
                _ => Golden("pool.out")[0],
            };
            written = Norm(written, pooled, "visual.ln_post", count);
        }
        if (config.HasProjection) written = written.matmul(Weight("visual.proj"));
        if (config.HasProjectionBias) written = written + Weight("visual.proj_bias") / count;
        return written * (100 / linalg.vector_norm(Golden("embedding")));
    }

    private Tensor ReadNorm(int reader, Tensor parts, double count)
    {
        if (config.Pool is null && config.Block == BlockKind.PostNorm) return parts;
        string name = config.Pool is null || reader < config.Layers ? Block(reader, "ln_1")
            : config.Pooling == VisionPooling.Probe ? "visual.ln_post" : "visual.attn_pool.ln_k";
        return Norm(parts, Golden($"residual.{reader}").unsqueeze(1), name, count);
    }

    /// <summary>A part through a norm with the statistics of the whole.</summary>
    private Tensor Norm(Tensor part, Tensor whole, string name, double count)
    {
        var (mean, std) = Statistics(whole);
        if (mean.dim() == part.dim() - 1) (mean, std) = (mean.unsqueeze(1), std.unsqueeze(1));
        return (part - mean / count) / std * Weight(name + ".weight") + Weight(name + ".bias") / count;
    }

    private (Tensor Mean, Tensor Std) Statistics(Tensor whole)
    {
        var mean = whole.mean([-1], keepdim: true);
        return (mean, ((whole - mean).square().mean([-1], keepdim: true) + config.NormEpsilon).sqrt());
    }

    private Tensor Value(int reader, int head) => Values(reader).Matrix.narrow(0, head * HeadWidth(reader), HeadWidth(reader));

    private Tensor ValueBias(int reader, int head) => Values(reader).Bias.narrow(0, head * HeadWidth(reader), HeadWidth(reader));

    private long HeadWidth(int reader) => Values(reader).Matrix.shape[0] / (reader == config.Layers ? config.Pool!.Heads : config.Heads);

    private (Tensor Matrix, Tensor Bias) Values(int reader)
    {
        string attention = reader == config.Layers ? "visual.attn_pool.attn." : Block(reader, "attn.");
        var bias = Weight(attention + "in_proj_bias").chunk(3)[2];
        bool isApart = checkpoint.TensorNames.Contains(attention + "v_proj_weight");
        return (isApart ? Weight(attention + "v_proj_weight") : Weight(attention + "in_proj_weight").chunk(3)[2], bias);
    }

    private static string Block(int layer, string name) => $"visual.transformer.resblocks.{layer}.{name}";

    private Tensor Weight(string name) => checkpoint.LoadTensor(name).to(ScalarType.Float64);

    private Tensor Golden(string name) => golden["image." + name][image].to(ScalarType.Float64);
}
