using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Models.Configuration;

/// <summary>
/// Reads the <c>config.json</c> of Hugging Face's <c>CLIPModel</c> and of its like <c>MetaClip2Model</c>, and the
/// <c>preprocessor_config.json</c> beside it.
/// </summary>
internal static class HuggingFaceConfig
{
    // Of CLIP's first configs, which named a wrong end token: the library then takes the largest id.
    private const int OldEndToken = 2;
    private const string MetaClip = "metaclip_2";

    /// <summary>The configuration; settings that are left out have the defaults of Hugging Face's library.</summary>
    /// <exception cref="ClipLensException">The architecture is another one, or a setting is wrong or not supported; named.</exception>
    public static ClipConfig Read(string path, JsonElement root)
    {
        var file = new ConfigSection(path, root);
        file.Require("model_type", "clip", "siglip", MetaClip);
        if (file.String("model_type") == "siglip") return SiglipConfig.Read(path, file);
        // Where a file has both, the library takes the second.
        var vision = ReadVision(file.Section("vision_config_dict") ?? file.Required("vision_config"));
        var textConfig = file.Section("text_config_dict") ?? file.Required("text_config");
        var text = file.String("model_type") == MetaClip ? ReadMetaClipText(textConfig) : ReadText(textConfig);
        return new ClipConfig(file.Int("projection_dim", 512), vision, text,
            ReadPreprocess(path, vision.ImageSize, PreprocessConfig.OpenAi));
    }

    private static VisionConfig ReadVision(ConfigSection config)
    {
        config.Require("model_type", "clip_vision_model", "clip", MetaClip + "_vision_model");
        config.Require("num_channels", "3");
        return new VisionConfig(config.Side("image_size", 224), config.Side("patch_size", 32), config.Int("hidden_size", 768),
            config.Int("num_hidden_layers", 12), config.Int("num_attention_heads", 12), config.Int("intermediate_size", 3072),
            ReadActivation(config), HasPreNorm: true, config.Double("layer_norm_eps", 1e-5));
    }

    private static TextConfig ReadText(ConfigSection config)
    {
        config.Require("model_type", "clip_text_model", "clip");
        int vocabulary = config.Int("vocab_size", 49408), endToken = config.Int("eos_token_id", 49407);
        var pooling = endToken == OldEndToken ? TextPooling.ArgMax : TextPooling.EndToken;
        if (pooling == TextPooling.EndToken && endToken != vocabulary - 1)
            throw config.Wrong("eos_token_id", $"the last of the vocabulary, {vocabulary - 1}, as CLIP's end token is");
        return ReadText(config, vocabulary, pooling);
    }

    private static TextConfig ReadMetaClipText(ConfigSection config)
    {
        config.Require("model_type", MetaClip + "_text_model");
        int vocabulary = config.Int("vocab_size", 49408), endToken = config.Int("eos_token_id", 49407);
        return ReadText(config, vocabulary, TextPooling.EndToken) with
        {
            EndId = endToken != vocabulary - 1 ? endToken : null,
            Tokenizer = TokenizerKind.OwnFiles,
            Cleaning = CleaningKind.AsItIs,
        };
    }

    private static TextConfig ReadText(ConfigSection config, int vocabulary, TextPooling pooling) =>
        new(config.Int("max_position_embeddings", 77), vocabulary, config.Int("hidden_size", 512), config.Int("num_hidden_layers", 12),
            config.Int("num_attention_heads", 8), config.Int("intermediate_size", 2048), ReadActivation(config), pooling,
            config.Double("layer_norm_eps", 1e-5));

    private static Activation ReadActivation(ConfigSection config) => (config.String("hidden_act") ?? "quick_gelu") switch
    {
        "quick_gelu" => Activation.QuickGelu,
        "gelu" => Activation.Gelu,
        _ => throw config.Unsupported("hidden_act"),
    };

    public static PreprocessConfig ReadPreprocess(string modelPath, int imageSize, PreprocessConfig unsaid)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        foreach (string name in new[] { "preprocessor_config.json", "processor_config.json" })
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            return JsonFile.Read(path, root =>
            {
                var file = new ConfigSection(path, root);
                return ReadPreprocess(file.Section("image_processor") ?? file, imageSize, unsaid);
            });
        }
        return unsaid;
    }

    private static PreprocessConfig ReadPreprocess(ConfigSection config, int imageSize, PreprocessConfig unsaid)
    {
        foreach (string step in new[] { "do_resize", "do_rescale", "do_normalize" }) config.Require(step, "true");
        // Pillow's numbers for bilinear and bicubic.
        config.Require("resample", "2", "3");
        double scale = config.Double("rescale_factor", 1.0 / 255);
        if (Math.Abs(scale * 255 - 1) > 1e-6) throw config.Unsupported("rescale_factor");
        // With height and width both sides are made that long, whatever the image's shape.
        bool squashes = config.Has("size") ? config.IsObject("size") && !config.Required("size").Has("shortest_edge") : unsaid.Squashes;
        // Nothing is left to be cut off then.
        if (squashes) config.Ignore("do_center_crop");
        else config.Require("do_center_crop", "true");
        foreach (string side in squashes ? new[] { "height", "width" } : ["shortest_edge"]) CheckSize(config, "size", side, imageSize);
        CheckSize(config, "crop_size", "height", imageSize);
        CheckSize(config, "crop_size", "width", imageSize);
        return new PreprocessConfig(config.Channels("image_mean") ?? unsaid.Mean,
            config.Channels("image_std") ?? unsaid.Std)
        {
            Squashes = squashes,
            Interpolation = config.Int("resample", 3) == 2 ? Interpolation.Bilinear : Interpolation.Bicubic,
        };
    }

    // A number in the first files, an object with named sides in later ones.
    private static void CheckSize(ConfigSection config, string name, string side, int imageSize)
    {
        if (!config.Has(name)) return;
        bool fits = config.IsObject(name) ? config.Required(name).Int(side, -1) == imageSize : config.Int(name) == imageSize;
        if (!fits) throw config.Wrong(name, $"the model's image size, {imageSize}, as '{side}'");
    }
}
