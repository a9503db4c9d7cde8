using ClipLens.Models.Configuration;

namespace ClipLens.Models.Checkpoints;

/// <summary>The tensors that a CLIP-ViT has, under open_clip's native names, which ClipLens uses whatever the checkpoint's
/// format.</summary>
public static class CanonicalTensors
{
    /// <summary>Temperature of the similarities, a single value; the one tensor that no tower needs.</summary>
    public const string LogitScale = "logit_scale";

    /// <summary>Name and shape of every tensor that a model of this configuration needs.</summary>
    /// <param name="config">The model's shape.</param>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(ClipConfig config) => [.. Vision(config), .. Text(config)];

    private static IEnumerable<(string, long[])> Vision(ClipConfig config)
    {
        var vision = config.Vision;
        yield return ("visual.conv1.weight", [vision.Width, 3, vision.PatchSize, vision.PatchSize]);
        yield return ("visual.class_embedding", [vision.Width]);
        yield return ("visual.positional_embedding", [vision.Tokens, vision.Width]);
        if (vision.HasPreNorm)
            foreach (var tensor in Norm("visual.ln_pre", vision.Width)) yield return tensor;
        foreach (var tensor in Blocks("visual.", vision.Layers, vision.Width, vision.MlpWidth)) yield return tensor;
        foreach (var tensor in Norm("visual.ln_post", vision.Width)) yield return tensor;
        yield return ("visual.proj", [vision.Width, config.EmbedDim]);
    }

    private static IEnumerable<(string, long[])> Text(ClipConfig config)
    {
        var text = config.Text;
        yield return ("token_embedding.weight", [text.VocabularySize, text.Width]);
        yield return ("positional_embedding", [text.ContextLength, text.Width]);
        foreach (var tensor in Blocks("", text.Layers, text.Width, text.MlpWidth)) yield return tensor;
        foreach (var tensor in Norm("ln_final", text.Width)) yield return tensor;
        yield return ("text_projection", [text.Width, config.EmbedDim]);
    }

    private static IEnumerable<(string, long[])> Blocks(string tower, int layers, long width, long mlpWidth)
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
        }
    }

    private static (string, long[])[] Norm(string name, long width) => [(name + ".weight", [width]), (name + ".bias", [width])];

    private static (string, long[])[] Linear(string name, long outputs, long inputs) =>
        [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])];
}
