using ClipLens.Models.Configuration;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ClipLens.Scenes.Training;

/// <summary>Both towers, differentiable. The library's own forward pass works in place and keeps no graph.</summary>
internal static class Towers
{
    /// <summary>Pictures to unit vectors.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="patches">Pixels of the patches that are seen, normalised, each patch in the order of <c>conv1</c>: [B, K, 3 P
    /// P].</param>
    /// <param name="places">Which patches these are, 0-based: int64 [B, K]; null for all of them in order.</param>
    /// <returns>[B, d].</returns>
    public static Tensor EncodePictures(WorldParameters weights, Tensor patches, Tensor? places)
    {
        var config = weights.Config.Vision;
        long batch = patches.shape[0], width = config.Width;
        var positions = weights["visual.positional_embedding"];
        var tokens = linear(patches, weights["visual.conv1.weight"].reshape(width, -1));
        var where = positions.narrow(0, 1, config.Tokens - 1);
        tokens = tokens + (places is null ? where : where.index_select(0, places.flatten()).view(batch, -1, width));
        var first = (weights["visual.class_embedding"] + positions[0]).view(1, 1, -1).expand(batch, 1, width);
        var stream = cat([first, tokens], 1);
        if (config.HasPreNorm) stream = Norm(weights, "visual.ln_pre", stream, config.NormEpsilon);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            stream = Block(weights, $"visual.transformer.resblocks.{layer}.", stream, config.Heads, causal: false, config.NormEpsilon,
                config.Activation, firstOnly: layer == config.Layers - 1, layer == 0 ? weights.FirstMlpGain : 1);
        }
        var pooled = Norm(weights, "visual.ln_post", stream.select(1, 0), config.NormEpsilon);
        return normalize(pooled.matmul(weights["visual.proj"]), dim: 1);
    }

    /// <summary>Texts to unit vectors.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="tokens">Ids, int64 [B, T], T at most the context.</param>
    /// <param name="ends">Position of each text's end token, int64 [B].</param>
    /// <returns>[B, d].</returns>
    public static Tensor EncodeTexts(WorldParameters weights, Tensor tokens, Tensor ends)
    {
        var config = weights.Config.Text;
        long batch = tokens.shape[0], length = tokens.shape[1];
        var stream = weights["token_embedding.weight"].index_select(0, tokens.flatten()).view(batch, length, -1)
            + weights["positional_embedding"].narrow(0, 0, length);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            stream = Block(weights, $"transformer.resblocks.{layer}.", stream, config.Heads, causal: true, config.NormEpsilon,
                config.Activation, firstOnly: false);
        }
        var pooled = stream.gather(1, ends.view(-1, 1, 1).expand(-1, 1, stream.shape[2])).squeeze(1);
        return normalize(Norm(weights, "ln_final", pooled, config.NormEpsilon).matmul(weights["text_projection"]), dim: 1);
    }

    private static Tensor Block(WorldParameters weights, string block, Tensor stream, int heads, bool causal, double epsilon,
        Activation activation, bool firstOnly, double mlpGain = 1)
    {
        long width = stream.shape[2];
        var parts = Linear(weights, block + "attn.in_proj_", Norm(weights, block + "ln_1", stream, epsilon))
            .unflatten(2, [3, heads, width / heads]).permute(2, 0, 3, 1, 4);
        var query = parts[0];
        // Of the last block only the class token is read.
        if (firstOnly) (query, stream) = (query.narrow(2, 0, 1), stream.narrow(1, 0, 1));
        var mixed = Attend(query, parts[1], parts[2], causal).transpose(1, 2).flatten(2);
        stream = stream + Linear(weights, block + "attn.out_proj.", mixed).to(ScalarType.Float32);
        var raw = Linear(weights, block + "mlp.c_fc.", Norm(weights, block + "ln_2", stream, epsilon));
        var neurons = activation == Activation.Gelu ? gelu(raw) : raw * (raw * 1.702).sigmoid();
        var written = Linear(weights, block + "mlp.c_proj.", neurons).to(ScalarType.Float32);
        return stream + (mlpGain == 1 ? written : written * mlpGain);
    }

    /// <summary>Attention of queries [B, H, Q, w] over keys and values [B, H, T, w].</summary>
    private static Tensor Attend(Tensor query, Tensor key, Tensor value, bool causal)
    {
        if (query.dtype == ScalarType.Float32) return scaled_dot_product_attention(query, key, value, is_casual: causal);
        // libtorch's fused attention takes six times as long as the plain one in bfloat16 on a processor.
        var scores = query.matmul(key.transpose(2, 3)) * (1 / Math.Sqrt(query.shape[3]));
        if (causal) scores = scores + full([key.shape[2], key.shape[2]], -1e4f, dtype: query.dtype).triu(1);
        return scores.softmax(-1).matmul(value);
    }

    private static Tensor Norm(WorldParameters weights, string name, Tensor stream, double epsilon) =>
        layer_norm(stream, [stream.shape[^1]], weights[name + ".weight"], weights[name + ".bias"], epsilon);

    /// <summary>A matrix product in the precision of the training; the stream between the blocks stays in float32.</summary>
    private static Tensor Linear(WorldParameters weights, string name, Tensor input)
    {
        var type = weights.Precision;
        return linear(input.to(type), weights[name + "weight"].to(type), weights[name + "bias"].to(type));
    }
}
