using System.Text.Json;

namespace ClipLens.Models.Configuration;

/// <summary>Reads open_clip's <c>open_clip_config.json</c>, or the bare model config in it.</summary>
internal static class OpenClipConfig
{
    private static readonly string[] ClipTokenizers =
        ["", "openai/clip-vit-base-patch32", "openai/clip-vit-base-patch16", "openai/clip-vit-large-patch14"];

    /// <summary>The configuration; settings that are left out have open_clip's defaults.</summary>
    /// <exception cref="ClipLensException">A setting is wrong or not supported; named.</exception>
    public static ClipConfig Read(string path, JsonElement root, Activation unsaid)
    {
        var file = new ConfigSection(path, root);
        var model = file.Section("model_cfg") ?? file;
        var activation = model.Bool("quick_gelu") switch { true => Activation.QuickGelu, false => Activation.Gelu, null => unsaid };
        var visionConfig = model.Required("vision_cfg");
        var textConfig = model.Required("text_cfg");
        int embedDim = model.Int("embed_dim");
        var vision = visionConfig.Has("timm_model_name") ? TimmConfig.Read(visionConfig, embedDim)
            : ReadVision(visionConfig, activation, embedDim);
        var text = ReadText(textConfig, activation, embedDim);
        // Its decoder writes captions; the embeddings do without.
        if (text.HasClassToken) model.Ignore("multimodal_cfg");
        // They set how the model is built, trained or returns its results, not what it computes.
        model.Ignore("model_cfg", "preprocess_cfg", "custom_text", "cast_dtype", "output_dict", "init_logit_scale", "init_logit_bias",
            "nonscalar_logit_scale",
            "tokenizer_cfg", "version");
        model.RefuseOthers();
        return new ClipConfig(embedDim, vision, text, file.Section("preprocess_cfg") is { } preprocess
            ? ReadPreprocess(preprocess, vision.ImageSize) : PreprocessConfig.OpenAi);
    }

    private static VisionConfig ReadVision(ConfigSection config, Activation activation, int embedDim)
    {
        config.Require("attentional_pool", "false", "true");
        bool isPooled = config.Bool("attentional_pool") ?? false;
        config.Require("pool_type", "tok", "avg");
        bool isAverage = config.String("pool_type") == "avg";
        // The norm of every patch before their mean is another function.
        if (isAverage && (isPooled || !(config.Bool("final_ln_after_pool") ?? false))) throw config.Unsupported("pool_type");
        config.Require("global_average_pool", "false");
        config.Require("input_patchnorm", "false");
        config.Require("pos_embed_type", "learnable", "sin_cos_2d");
        RefuseOtherBlocks(config);
        int width = config.Int("width", 768), headWidth = config.Int("head_width", 64);
        if (headWidth < 1 || headWidth > width) throw config.Wrong("head_width", "a part of the width");
        var vision = new VisionConfig(config.Side("image_size", 224), config.Side("patch_size", 16), width, config.Int("layers", 12),
            width / headWidth, MlpWidth(config, width), Gelu(config, activation), !(config.Bool("no_ln_pre") ?? false), Epsilon(config))
        {
            Pooling = isPooled ? VisionPooling.Query : isAverage ? VisionPooling.Average : VisionPooling.ClassToken,
            Pool = isPooled ? new(config.Int("attn_pooler_heads", 8), embedDim, 0, config.Int("attn_pooler_queries", 256)) : null,
        };
        // The layer norm comes to the same before and after the class token is taken out.
        config.Ignore("patch_dropout", "output_tokens", "final_ln_after_pool", "attn_pooler_queries", "attn_pooler_heads",
            "timm_model_pretrained", "timm_pool", "timm_proj", "timm_proj_bias", "timm_drop", "timm_drop_path");
        config.RefuseOthers();
        return vision;
    }

    private static TextConfig ReadText(ConfigSection config, Activation activation, int embedDim)
    {
        if (config.Has("hf_model_name")) throw config.Unsupported("hf_model_name");
        config.Require("text_arch", "clip");
        config.Require("tokenizer_mode", "clip");
        config.Require("tokenizer_type", "");
        config.Require("proj_type", "linear", "none");
        config.Require("ln_post_emb", "false");
        config.Require("correct_cls_mask", "false");
        RefuseOtherBlocks(config);
        int width = config.Int("width", 512), vocabulary = config.Int("vocab_size", 49408);
        bool hasClassToken = config.Bool("embed_cls") ?? false, isCausal = !(config.Bool("no_causal_mask") ?? false);
        bool hasProjection = config.String("proj_type") != "none";
        if (!hasProjection && width != embedDim)
            throw config.Wrong("proj_type", $"a projection, which the joint space of {embedDim} needs beside the tower's width {width}");
        // Without the causal mask a class token behind the text would be masked differently.
        if (hasClassToken && !isCausal) throw config.Unsupported("embed_cls");
        var text = new TextConfig(config.Int("context_length", 77), vocabulary, width, config.Int("layers", 12), config.Int("heads", 8),
            MlpWidth(config, width), Gelu(config, activation), Pooling(config), Epsilon(config))
        {
            IsCausal = isCausal,
            HasProjection = hasProjection,
            HasProjectionBias = hasProjection && (config.Bool("proj_bias") ?? false),
            HasClassToken = hasClassToken,
            EndId = config.String("pool_type") == "eos" && config.Int("eos_id") is int end && end != vocabulary - 1 ? end : null,
            PadId = hasClassToken ? config.Int("pad_id", 0) : 0,
        };
        config.Ignore("pad_id", "bos_id", "eos_id", "output_tokens", "final_ln_after_pool", "hf_model_pretrained", "hf_proj_type",
            "hf_pooler_type");
        text = ReadTokenizer(config, text);
        config.RefuseOthers();
        return text;
    }

    private static TextConfig ReadTokenizer(ConfigSection config, TextConfig text)
    {
        string name = config.String("hf_tokenizer_name") ?? "";
        var options = config.Section("tokenizer_kwargs");
        string? clean = options?.String("clean");
        bool strips = options?.Bool("strip_sep_token") ?? false;
        options?.RefuseOthers();
        if (ClipTokenizers.Contains(name) && clean is null && !strips) return text;
        return text with
        {
            Tokenizer = TokenizerKind.OwnFiles,
            TokenizerRepository = name.Length > 0 ? name : null,
            StripsSeparator = strips,
            Cleaning = clean switch
            {
                "canonicalize" => CleaningKind.Canonical,
                "lower" => CleaningKind.Clip,
                "whitespace" or null => CleaningKind.WhiteSpace,
                _ => throw options!.Unsupported("clean"),
            },
        };
    }

    private static void RefuseOtherBlocks(ConfigSection config)
    {
        config.Require("ls_init_value");
        config.Require("block_type", "default");
        config.Require("norm_type", "layernorm");
        foreach (string name in new[] { "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn", "scale_fc" })
            config.Require(name, "false");
    }

    private static TextPooling Pooling(ConfigSection config) => (config.String("pool_type") ?? "argmax") switch
    {
        "argmax" => TextPooling.ArgMax,
        "first" => TextPooling.First,
        "last" => TextPooling.Last,
        "eos" => TextPooling.EndToken,
        _ => throw config.Unsupported("pool_type"),
    };

    // Only GELU has a choice, and OpenAI's own activation goes before it.
    private static Activation Gelu(ConfigSection config, Activation activation)
    {
        if (config.Section("act_kwargs") is not { } options) return activation;
        options.Require("approximate", "none", "tanh");
        bool isTanh = options.String("approximate") == "tanh";
        options.RefuseOthers();
        return isTanh && activation == Activation.Gelu ? Activation.GeluTanh : activation;
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
        config.Require("interpolation", "bicubic", "bilinear");
        config.Require("resize_mode", "shortest", "squash");
        config.Require("mode", "RGB");
        // One side, both, or the channels and both.
        int[] sides = config.Ints("size") ?? [];
        if (config.Has("size") && !(sides is [3, _, _] ? sides[1..] : sides).Distinct().SequenceEqual([imageSize]))
            throw config.Wrong("size", $"the model's image size, {imageSize}");
        config.Ignore("fill_color");
        var preprocess = new PreprocessConfig(config.Channels("mean") ?? PreprocessConfig.OpenAi.Mean,
            config.Channels("std") ?? PreprocessConfig.OpenAi.Std)
        {
            Squashes = config.String("resize_mode") == "squash",
            Interpolation = config.String("interpolation") == "bilinear" ? Interpolation.Bilinear : Interpolation.Bicubic,
        };
        config.RefuseOthers();
        return preprocess;
    }
}
