using ClipLens.Models.Configuration;

namespace ClipLens.Models.Checkpoints;

/// <summary>The tensors that a model has, under open_clip's native names, which ClipLens uses whatever the checkpoint's
/// format.</summary>
public static class CanonicalTensors
{
    /// <summary>Temperature of the similarities, a single value, which no tower needs.</summary>
    public const string LogitScale = "logit_scale";

    /// <summary>What is added to the similarities (SigLIP), a single value, which no tower needs.</summary>
    public const string LogitBias = "logit_bias";

    /// <summary>Name and shape of every tensor that a model of this configuration needs.</summary>
    /// <param name="config">The model's shape.</param>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(ClipConfig config) => [.. Vision(config), .. Text(config)];

    private static IEnumerable<(string, long[])> Vision(ClipConfig config)
    {
        var vision = config.Vision;
        if (vision.HasStem)
        {
            foreach (var tensor in Stem(0, vision.Width / 4, 3, 4)) yield return tensor;
            foreach (var tensor in Stem(1, vision.Width / 4, vision.Width / 4, 2)) yield return tensor;
        }
        yield return ("visual.conv1.weight", vision.HasStem ? [vision.Width, vision.Width / 4, 2, 2]
            : [vision.Width, 3, vision.PatchSize, vision.PatchSize]);
        if (vision.HasPatchBias) yield return ("visual.conv1.bias", [vision.Width]);
        if (vision.HasClassToken) yield return ("visual.class_embedding", [vision.Width]);
        yield return ("visual.positional_embedding",
            [vision.HasClassPosition ? vision.Tokens : vision.Grid * vision.Grid, vision.Width]);
        if (vision.HasPreNorm)
            foreach (var tensor in Norm("visual.ln_pre", vision.Width)) yield return tensor;
        foreach (var tensor in Blocks("visual.", vision.Layers, vision.Width, vision.MlpWidth, vision.Block)) yield return tensor;
        long pooled = vision.Pooling == VisionPooling.Query ? vision.Pool!.Width : vision.Width;
        foreach (var tensor in Norm("visual.ln_post", pooled)) yield return tensor;
        if (vision.Pool is { } pool)
            foreach (var tensor in Pool(vision, pool)) yield return tensor;
        if (vision.HasProjection) yield return ("visual.proj", [pooled, config.EmbedDim]);
        if (vision.HasProjectionBias) yield return ("visual.proj_bias", [config.EmbedDim]);
    }

    private static IEnumerable<(string, long[])> Text(ClipConfig config)
    {
        var text = config.Text;
        yield return ("token_embedding.weight", [text.VocabularySize, text.Width]);
        yield return ("positional_embedding", [text.ContextLength + (text.HasClassToken ? 1 : 0), text.Width]);
        if (text.HasClassToken) yield return ("cls_emb", [text.Width]);
        foreach (var tensor in Blocks("", text.Layers, text.Width, text.MlpWidth, BlockKind.PreNorm)) yield return tensor;
        foreach (var tensor in Norm("ln_final", text.Width)) yield return tensor;
        if (text.HasProjection) yield return ("text_projection", [text.Width, config.EmbedDim]);
        if (text.HasProjectionBias) yield return ("text_projection.bias", [config.EmbedDim]);
    }

    private static IEnumerable<(string, long[])> Blocks(string tower, int layers, long width, long mlpWidth, BlockKind kind)
    {
        for (int layer = 0; layer < layers; layer++)
        {
            string block = $"{tower}transformer.resblocks.{layer}.";
            foreach (var tensor in Norm(block + "ln_1", width)) yield return tensor;
            yield return (block + "attn.in_proj_weight", [3 * width, width]);
            yield return (block + "attn.in_proj_bias", [3 * width]);
            foreach (var tensor in Linear(block + "attn.out_proj", width, width)) yield return tensor;
            foreach (var tensor in Norm(block + "ln_2", width)) yield return tensor;
            foreach (var tensor in Linear(block + "mlp.c_fc", mlpWidth, width)) yield return tensor;
            foreach (var tensor in Linear(block + "mlp.c_proj", width, mlpWidth)) yield return tensor;
            if (kind != BlockKind.InnerNorm) continue;
            foreach (var tensor in Norm(block + "attn.ln", width)) yield return tensor;
            foreach (var tensor in Linear(block + "mlp.c_gate", mlpWidth, width)) yield return tensor;
            foreach (var tensor in Norm(block + "mlp.ln", mlpWidth)) yield return tensor;
        }
    }

    private static IEnumerable<(string, long[])> Pool(VisionConfig vision, PoolConfig pool)
    {
        const string name = "visual.attn_pool.";
        bool hasProbe = vision.Pooling == VisionPooling.Probe;
        yield return hasProbe ? (name + "probe", [pool.Width]) : (name + "query", [pool.Queries, pool.Width]);
        if (pool.Width == vision.Width)
        {
            yield return (name + "attn.in_proj_weight", [3L * pool.Width, vision.Width]);
        }
        else
        {
            yield return (name + "attn.q_proj_weight", [pool.Width, pool.Width]);
            yield return (name + "attn.k_proj_weight", [pool.Width, vision.Width]);
            yield return (name + "attn.v_proj_weight", [pool.Width, vision.Width]);
        }
        yield return (name + "attn.in_proj_bias", [3L * pool.Width]);
        foreach (var tensor in Linear(name + "attn.out_proj", pool.Width, pool.Width)) yield return tensor;
        foreach (var tensor in hasProbe ? Norm(name + "ln", pool.Width)
            : [.. Norm(name + "ln_q", pool.Width), .. Norm(name + "ln_k", vision.Width)]) yield return tensor;
        if (pool.MlpWidth == 0) yield break;
        foreach (var tensor in Linear(name + "mlp.c_fc", pool.MlpWidth, pool.Width)) yield return tensor;
        foreach (var tensor in Linear(name + "mlp.c_proj", pool.Width, pool.MlpWidth)) yield return tensor;
    }

    private static IEnumerable<(string, long[])> Stem(int index, long outputs, long inputs, long side)
    {
        string name = $"visual.stem.{index}.";
        return [(name + "weight", [outputs, inputs, side, side]), .. Norm(name + "norm", outputs), (name + "norm.mean", [outputs]),
            (name + "norm.variance", [outputs])];
    }

    private static (string, long[])[] Norm(string name, long width) => [(name + ".weight", [width]), (name + ".bias", [width])];

    private static (string, long[])[] Linear(string name, long outputs, long inputs) =>
        [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])];
}
