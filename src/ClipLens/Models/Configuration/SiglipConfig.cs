using ClipLens.Files;

namespace ClipLens.Models.Configuration;

/// <summary>
/// Reads the <c>config.json</c> of Hugging Face's <c>SiglipModel</c>, which is SigLIP's and, at a fixed size of images, SigLIP 2's.
/// </summary>
internal static class SiglipConfig
{
    private static readonly PreprocessConfig Unsaid = new([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]) { Squashes = true };

    /// <summary>The configuration; settings that are left out have the defaults of Hugging Face's library.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">Its content.</param>
    /// <exception cref="ClipLensException">A setting is wrong or not supported; named.</exception>
    public static ClipConfig Read(string path, ConfigSection file)
    {
        var vision = ReadVision(file.Required("vision_config"));
        var text = ReadText(file.Required("text_config"), path);
        return new ClipConfig(vision.Width, vision, text, HuggingFaceConfig.ReadPreprocess(path, vision.ImageSize, Unsaid));
    }

    private static VisionConfig ReadVision(ConfigSection config)
    {
        config.Require("model_type", "siglip_vision_model");
        config.Require("num_channels", "3");
        config.Require("vision_use_head", "true");
        int width = config.Int("hidden_size", 768), heads = config.Int("num_attention_heads", 12);
        int mlpWidth = config.Int("intermediate_size", 3072);
        return new VisionConfig(config.Side("image_size", 224), config.Side("patch_size", 16), width, config.Int("num_hidden_layers", 12),
            heads, mlpWidth, ReadActivation(config), HasPreNorm: false, config.Double("layer_norm_eps", 1e-6))
        {
            HasClassToken = false,
            HasPatchBias = true,
            HasProjection = false,
            Pooling = VisionPooling.Probe,
            Pool = new(heads, width, mlpWidth),
        };
    }

    private static TextConfig ReadText(ConfigSection config, string path)
    {
        config.Require("model_type", "siglip_text_model");
        return new TextConfig(config.Int("max_position_embeddings", 64), config.Int("vocab_size", 32_000), config.Int("hidden_size", 768),
            config.Int("num_hidden_layers", 12), config.Int("num_attention_heads", 12), config.Int("intermediate_size", 3072),
            ReadActivation(config), TextPooling.Last, config.Double("layer_norm_eps", 1e-6))
        {
            IsCausal = false,
            HasProjectionBias = true,
            Tokenizer = TokenizerKind.OwnFiles,
            Cleaning = UsesGemma(path) ? CleaningKind.Lower : CleaningKind.LowerWithoutPunctuation,
        };
    }

    // SigLIP's tokenizer takes punctuation out, SigLIP 2's keeps it; which one it is its own file says.
    private static bool UsesGemma(string path)
    {
        string file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "tokenizer_config.json");
        return File.Exists(file) && JsonFile.Read(file, root => new ConfigSection(file, root).String("tokenizer_class"))
            is { } name && (name.StartsWith("Gemma", StringComparison.Ordinal) || name.StartsWith("Siglip2", StringComparison.Ordinal));
    }

    private static Activation ReadActivation(ConfigSection config) => (config.String("hidden_act") ?? "gelu_pytorch_tanh") switch
    {
        "gelu_pytorch_tanh" => Activation.GeluTanh,
        "gelu" => Activation.Gelu,
        "quick_gelu" => Activation.QuickGelu,
        _ => throw config.Unsupported("hidden_act"),
    };
}
