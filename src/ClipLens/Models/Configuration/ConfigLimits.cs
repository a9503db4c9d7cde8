namespace ClipLens.Models.Configuration;

/// <summary>Refuses configurations that no model has, before anything is computed from their numbers.</summary>
internal static class ConfigLimits
{
    private const int StemPatch = 16;

    /// <exception cref="ClipLensException">A number is out of range, or the heads do not divide the width.</exception>
    public static void Check(ClipConfig config, string path)
    {
        var (vision, text) = (config.Vision, config.Text);
        (string Name, long Value, long Most)[] numbers =
        [
            ("width of the joint space", config.EmbedDim, 1 << 16),
            ("image size", vision.ImageSize, 1 << 13), ("patch size", vision.PatchSize, vision.ImageSize),
            ("width of the image tower", vision.Width, 1 << 16), ("number of layers of the image tower", vision.Layers, 1 << 10),
            ("number of heads of the image tower", vision.Heads, vision.Width), ("MLP width of the image tower", vision.MlpWidth, 1 << 20),
            ("context length", text.ContextLength, 1 << 16), ("vocabulary size", text.VocabularySize, 1 << 24),
            ("width of the text tower", text.Width, 1 << 16), ("number of layers of the text tower", text.Layers, 1 << 10),
            ("number of heads of the text tower", text.Heads, text.Width), ("MLP width of the text tower", text.MlpWidth, 1 << 20),
        ];
        foreach (var (name, value, most) in numbers)
            if (value < 1 || value > most) throw new ClipLensException($"{path} gives {value} as the {name}; it must lie between 1 and "
            + $"{most}.");
        CheckHeads(path, "image", vision.Width, vision.Heads);
        CheckHeads(path, "text", text.Width, text.Heads);
        if (vision.Pool is { } pool)
        {
            if (pool.Heads < 1 || pool.Width < 1 || pool.Width > 1 << 16 || pool.Queries is < 1 or > 1 << 16
                || pool.Width % pool.Heads != 0)
                throw new ClipLensException($"{path} gives the attention that pools the tokens {pool.Heads} heads of {pool.Queries} "
                + $"queries, which do not fit its width {pool.Width}.");
        }
        if (vision.HasStem && (vision.PatchSize != StemPatch || vision.Width % 4 != 0))
            throw new ClipLensException($"{path} gives an image tower of width {vision.Width} with patches of {vision.PatchSize} pixels a "
                + $"convolutional stem, which makes patches of {StemPatch} pixels by a quarter of the width.");
        if (vision.Rotary is not null && vision.Width / vision.Heads % 4 != 0)
            throw new ClipLensException($"{path} gives the image tower heads of width {vision.Width / vision.Heads}, which rotary "
            + "positions do not divide by 4.");
        if (vision.NormEpsilon <= 0 || text.NormEpsilon <= 0) throw new ClipLensException($"{path} gives an epsilon of the layer norms "
            + "that is not positive.");
        if (config.Preprocess.Std.Any(value => value <= 0)) throw new ClipLensException($"{path} gives a standard deviation that is not "
            + "positive.");
    }

    private static void CheckHeads(string path, string tower, int width, int heads)
    {
        if (width % heads != 0)
            throw new ClipLensException($"{path} gives the {tower} tower {heads} heads, which do not divide its width {width}.");
    }
}
