namespace ClipLens.Models.Configuration;

/// <summary>
/// The configuration of one of OpenAI's own checkpoints, which come without a config: read off the tensors' shapes, as OpenAI's and
/// open_clip's loaders do. A head is 64 wide in all of them, and the activation is QuickGELU.
/// </summary>
internal static class InferredConfig
{
    private const int HeadWidth = 64;

    /// <summary>The configuration.</summary>
    /// <param name="path">The weight file, for messages.</param>
    /// <param name="shapes">Shapes by canonical name.</param>
    /// <exception cref="ClipLensException">A tensor is missing, or a width is no multiple of 64.</exception>
    public static ClipConfig Read(string path, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes)
    {
        var patches = Shape("visual.conv1.weight", 4);
        var positions = Shape("visual.positional_embedding", 2);
        var tokens = Shape("token_embedding.weight", 2);
        int grid = (int)Math.Round(Math.Sqrt(Math.Clamp(positions[0] - 1, 0, int.MaxValue)));
        int width = Size(patches[0]), textWidth = Size(tokens[1]), patch = Size(patches[3]);
        var vision = new VisionConfig(Size((long)grid * patch), patch, width, Layers("visual."), Heads(width, "image"),
            Size(Shape("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)[0]), Activation.QuickGelu,
            shapes.ContainsKey("visual.ln_pre.weight"));
        var text = new TextConfig(Size(Shape("positional_embedding", 2)[0]), Size(tokens[0]), textWidth, Layers(""),
            Heads(textWidth, "text"),
            Size(Shape("transformer.resblocks.0.mlp.c_fc.weight", 2)[0]), Activation.QuickGelu);
        var config = new ClipConfig(Size(Shape("text_projection", 2)[1]), vision, text, PreprocessConfig.OpenAi);
        ConfigLimits.Check(config, path);
        return config;

        IReadOnlyList<long> Shape(string name, int dimensions) => shapes.TryGetValue(name, out var shape) && shape.Count == dimensions
            ? shape
            : throw new ClipLensException($"{path} has no tensor '{name}' with {dimensions} dimensions, and no config beside it tells "
            + "what model it is.");

        int Layers(string tower)
        {
            int layers = 0;
            while (shapes.ContainsKey($"{tower}transformer.resblocks.{layers}.ln_1.weight")) layers++;
            return layers;
        }

        int Heads(int towerWidth, string tower) => towerWidth % HeadWidth == 0 ? towerWidth / HeadWidth
            : throw new ClipLensException($"{path} does not tell how many heads its {tower} tower has (its width {towerWidth} is no "
            + "multiple of "
                + $"{HeadWidth}); put the model's open_clip_config.json beside it.");
    }

    private static int Size(long value) => (int)Math.Min(value, int.MaxValue);
}
