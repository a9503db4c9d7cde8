using System.Text.Json;

namespace ClipLens.Models.Configuration;

/// <summary>Reads open_clip's <c>open_clip_config.json</c>, or the bare model config in it.</summary>
internal static class OpenClipConfig
{
    /// <summary>The configuration; settings that are left out have open_clip's defaults.</summary>
    /// <exception cref="ClipLensException">A setting is wrong or not supported; named.</exception>
    public static ClipConfig Read(string path, JsonElement root, Activation unsaid)
    {
        var file = new ConfigSection(path, root);
        var model = file.Section("model_cfg") ?? file;
        var activation = model.Bool("quick_gelu") switch { true => Activation.QuickGelu, false => Activation.Gelu, null => unsaid };
        var vision = ReadVision(model.Required("vision_cfg"), activation);
        var text = ReadText(model.Required("text_cfg"), activation);
        int embedDim = model.Int("embed_dim");
        // They set how the model is built, trained or returns its results, not what it computes.
        model.Ignore("model_cfg", "preprocess_cfg", "custom_text", "cast_dtype", "output_dict", "init_logit_scale", "nonscalar_logit_scale",
            "tokenizer_cfg", "version");
        model.RefuseOthers();
        return new ClipConfig(embedDim, vision, text, file.Section("preprocess_cfg") is { } preprocess
            ? ReadPreprocess(preprocess, vision.ImageSize) : PreprocessConfig.OpenAi);
    }

    private static VisionConfig ReadVision(ConfigSection config, Activation activation)
    {
        // Named before all else, because such a config lacks the settings that follow.
        if (config.Has("timm_model_name")) throw config.Unsupported("timm_model_name");
        config.Require("attentional_pool", "false");
        config.Require("pool_type", "tok");
        config.Require("global_average_pool", "false");
        config.Require("input_patchnorm", "false");
        config.Require("pos_embed_type", "learnable", "sin_cos_2d");
        RefuseOtherBlocks(config);
        int width = config.Int("width", 768), headWidth = config.Int("head_width", 64);
        if (headWidth < 1 || headWidth > width) throw config.Wrong("head_width", "a part of the width");
        var vision = new VisionConfig(config.Side("image_size", 224), config.Side("patch_size", 16), width, config.Int("layers", 12),
            width / headWidth, MlpWidth(config, width), activation, !(config.Bool("no_ln_pre") ?? false), Epsilon(config));
        // The layer norm comes to the same before and after the class token is taken out.
        config.Ignore("patch_dropout", "output_tokens", "final_ln_after_pool", "attn_pooler_queries", "attn_pooler_heads",
            "timm_model_pretrained", "timm_pool", "timm_proj", "timm_proj_bias", "timm_drop", "timm_drop_path");
        config.RefuseOthers();
        return vision;
    }

    private static TextConfig ReadText(ConfigSection config, Activation activation)
    {
        if (config.Has("hf_model_name")) throw config.Unsupported("hf_model_name");
        config.Require("text_arch", "clip");
        config.Require("hf_tokenizer_name", "openai/clip-vit-base-patch32", "openai/clip-vit-base-patch16",
            "openai/clip-vit-large-patch14");
        config.Require("tokenizer_mode", "clip");
        config.Require("tokenizer_type", "");
        config.Require("tokenizer_kwargs", "{}");
        config.Require("embed_cls", "false");
        config.Require("no_causal_mask", "false");
        config.Require("proj_bias", "false");
        config.Require("proj_type", "linear");
        config.Require("ln_post_emb", "false");
        RefuseOtherBlocks(config);
        int width = config.Int("width", 512), vocabulary = config.Int("vocab_size", 49408);
        var text = new TextConfig(config.Int("context_length", 77), vocabulary, width, config.Int("layers", 12), config.Int("heads", 8),
            MlpWidth(config, width), activation, Pooling(config, vocabulary), Epsilon(config));
        // What follows the end token, padding included, cannot be seen from it.
        config.Ignore("pad_id", "bos_id", "eos_id", "output_tokens", "final_ln_after_pool", "hf_model_pretrained", "hf_proj_type",
            "hf_pooler_type");
        config.RefuseOthers();
        return text;
    }

    private static void RefuseOtherBlocks(ConfigSection config)
    {
        config.Require("ls_init_value");
        config.Require("act_kwargs", "{}");
        config.Require("block_type", "default");
        config.Require("norm_type", "layernorm");
        foreach (string name in new[] { "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn", "scale_fc" })
            config.Require(name, "false");
    }

    private static TextPooling Pooling(ConfigSection config, int vocabulary)
    {
        switch (config.String("pool_type") ?? "argmax")
        {
            case "argmax": return TextPooling.ArgMax;
            case "first": return TextPooling.First;
            case "last": return TextPooling.Last;
            case "eos":
                if (config.Int("eos_id") != vocabulary - 1) throw config.Wrong("eos_id",
                    "the last of the vocabulary, as CLIP's end token is");
                return TextPooling.EndToken;
            default: throw config.Unsupported("pool_type");
        }
    }

    // Cut, not rounded, as in open_clip: 1664 * 4.9231 = 8192.04.
    private static int MlpWidth(ConfigSection config, int width) => (int)Math.Clamp(width * config.Double("mlp_ratio", 4), 0, int.MaxValue);

    private static double Epsilon(ConfigSection config)
    {
        if (config.Section("norm_kwargs") is not { } norm) return 1e-5;
        double epsilon = norm.Double("eps", 1e-5);
        norm.RefuseOthers();
        return epsilon;
    }

    private static PreprocessConfig ReadPreprocess(ConfigSection config, int imageSize)
    {
        config.Require("interpolation", "bicubic");
        config.Require("resize_mode", "shortest", "squash");
        config.Require("mode", "RGB");
        // One side, both, or the channels and both.
        int[] sides = config.Ints("size") ?? [];
        if (config.Has("size") && !(sides is [3, _, _] ? sides[1..] : sides).Distinct().SequenceEqual([imageSize]))
            throw config.Wrong("size", $"the model's image size, {imageSize}");
        config.Ignore("fill_color");
        var preprocess = new PreprocessConfig(config.Channels("mean") ?? PreprocessConfig.OpenAi.Mean,
            config.Channels("std") ?? PreprocessConfig.OpenAi.Std)
        { Squashes = config.String("resize_mode") == "squash" };
        config.RefuseOthers();
        return preprocess;
    }
}
