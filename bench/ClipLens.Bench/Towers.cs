using ClipLens.Models.Configuration;

namespace ClipLens.Bench;

/// <summary>The shapes that are measured. The text towers are kept small: they take no part.</summary>
internal static class Towers
{
    private static readonly TextConfig Text = new(77, 512, 64, 1, 1, 256, Activation.Gelu);

    public static ClipConfig Tiny { get; } =
        new(192, new VisionConfig(224, 16, 192, 12, 3, 768, Activation.Gelu, HasPreNorm: false), Text, PreprocessConfig.OpenAi);

    public static ClipConfig B32 { get; } =
        new(512, new VisionConfig(224, 32, 768, 12, 12, 3072, Activation.Gelu), Text, PreprocessConfig.OpenAi);

    public static ClipConfig L14 { get; } =
        new(768, new VisionConfig(224, 14, 1024, 24, 16, 4096, Activation.Gelu), Text, PreprocessConfig.OpenAi);
}
