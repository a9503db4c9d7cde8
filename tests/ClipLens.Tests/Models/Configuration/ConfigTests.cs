using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Configuration;

/// <summary>What the configs say becomes the model's shape, or is refused by its name.</summary>
public class ConfigTests
{
    // Of open_clip's native configs: image size, patch, width, layers, head width, MLP ratio; heads and MLP width as in its models.
    [Theory]
    [InlineData(224, 32, 384, 12, 64, 4, 6, 1536)] // S
    [InlineData(224, 16, 512, 12, 64, 4, 8, 2048)] // M
    [InlineData(224, 32, 768, 12, 64, 4, 12, 3072)] // B
    [InlineData(240, 16, 896, 12, 64, 4, 14, 3584)] // B-plus
    [InlineData(336, 14, 1024, 24, 64, 4, 16, 4096)] // L
    [InlineData(378, 14, 1280, 32, 80, 4, 16, 5120)] // H
    [InlineData(224, 14, 1408, 40, 88, 4.3637, 16, 6144)] // g
    [InlineData(224, 14, 1664, 48, 104, 4.9231, 16, 8192)] // bigG
    [InlineData(224, 14, 1792, 56, 112, 8.5715, 16, 15360)] // e
    public void All_widths_of_open_clip(int image, int patch, int width, int layers, int headWidth, double ratio, int heads, int mlpWidth)
    {
        var config = Read($$"""
            {"embed_dim": 1280, "vision_cfg": {"image_size": {{image}}, "layers": {{layers}}, "width": {{width}}, "head_width": {{headWidth}},
             "mlp_ratio": {{ratio}}, "patch_size": {{patch}}}, "text_cfg": {"width": 1280, "heads": 20, "layers": 32} }
            """);
        Assert.Equal(new VisionConfig(image, patch, width, layers, heads, mlpWidth, Activation.Gelu), config.Vision);
        Assert.Equal(new TextConfig(77, 49408, 1280, 32, 20, 5120, Activation.Gelu), config.Text);
        Assert.Equal(1280, config.EmbedDim);
        Assert.Same(PreprocessConfig.OpenAi, config.Preprocess);
    }

    [Fact]
    public void Settings_left_out_have_the_defaults_of_their_library()
    {
        var openClip = Read("""{"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}}""");
        Assert.Equal(new VisionConfig(224, 16, 768, 12, 12, 3072, Activation.Gelu), openClip.Vision);
        Assert.Equal(new TextConfig(77, 49408, 512, 12, 8, 2048, Activation.Gelu), openClip.Text);
        var huggingFace = Read("""{"model_type": "clip", "vision_config": {}, "text_config": {}}""");
        Assert.Equal(new VisionConfig(224, 32, 768, 12, 12, 3072, Activation.QuickGelu), huggingFace.Vision);
        Assert.Equal(new TextConfig(77, 49408, 512, 12, 8, 2048, Activation.QuickGelu, TextPooling.EndToken), huggingFace.Text);
        Assert.Equal(512, huggingFace.EmbedDim);
    }

    [Fact]
    public void Options_of_open_clip_are_honoured()
    {
        var config = Read("""
            {"model_cfg": {"embed_dim": 64, "quick_gelu": true, "custom_text": true,
              "vision_cfg": {"image_size": [96, 96], "patch_size": [8, 8], "width": 128, "layers": 3, "head_width": 32, "mlp_ratio": 2.5,
                "no_ln_pre": true, "patch_dropout": 0.5, "norm_kwargs": {"eps": 1e-6}, "ls_init_value": null, "pool_type": "tok"},
              "text_cfg": {"context_length": 32, "vocab_size": 100, "width": 48, "heads": 3, "layers": 2, "pool_type": "last", "mlp_ratio": 3}},
             "preprocess_cfg": {"mean": [0.5, 0.25, 0.125], "std": [1, 2, 3], "interpolation": "bicubic", "resize_mode": "shortest", "size": [96, 96]}}
            """);
        Assert.Equal(new VisionConfig(96, 8, 128, 3, 4, 320, Activation.QuickGelu, HasPreNorm: false, 1e-6), config.Vision);
        Assert.Equal(new TextConfig(32, 100, 48, 2, 3, 144, Activation.QuickGelu, TextPooling.Last), config.Text);
        Assert.Equal([0.5f, 0.25f, 0.125f], config.Preprocess.Mean);
        Assert.Equal([1f, 2f, 3f], config.Preprocess.Std);
    }

    [Fact]
    public void Options_of_hugging_face_are_honoured_for_each_tower()
    {
        var config = Read("""
            {"model_type": "clip", "projection_dim": 64,
             "vision_config": {"hidden_act": "gelu", "layer_norm_eps": 1e-6, "hidden_size": 128, "intermediate_size": 300, "num_attention_heads": 4},
             "text_config": {"hidden_size": 1},
             "text_config_dict": {"hidden_act": "quick_gelu", "eos_token_id": 2, "hidden_size": 32, "num_attention_heads": 2}}
            """);
        Assert.Equal(new VisionConfig(224, 32, 128, 12, 4, 300, Activation.Gelu, NormEpsilon: 1e-6), config.Vision);
        Assert.Equal(new TextConfig(77, 49408, 32, 12, 2, 2048, Activation.QuickGelu, TextPooling.ArgMax), config.Text);
    }

    [Theory]
    [InlineData("vision_cfg", "\"timm_model_name\": \"naflexvit_base_patch16_siglip\"",
        "\"naflexvit_base_patch16_siglip\", which is a NaFlex tower")]
    [InlineData("vision_cfg", "\"timm_model_name\": \"convnext_base\"", "\"convnext_base\", which is a ConvNeXt; ClipLens supports")]
    [InlineData("vision_cfg", "\"timm_model_name\": \"resnet50\"", "\"resnet50\", which is a ResNet; ClipLens supports")]
    [InlineData("vision_cfg", "\"timm_model_name\": \"fastvit_mci0\"", "\"fastvit_mci0\", which is a FastViT")]
    [InlineData("vision_cfg", "\"timm_model_name\": \"vit_giantest\"", "\"vit_giantest\", which is a tower that ClipLens does not know")]
    [InlineData("vision_cfg", "\"timm_model_name\": \"vit_base_patch16_siglip_224\", \"timm_pool\": \"avg\"",
        "vision_cfg.timm_pool = \"avg\"")]
    [InlineData("vision_cfg", "\"attentional_pool\": \"parallel\"", "vision_cfg.attentional_pool = \"parallel\"")]
    [InlineData("vision_cfg", "\"pool_type\": \"avg\"", "vision_cfg.pool_type = \"avg\"")]
    [InlineData("vision_cfg", "\"global_average_pool\": true", "vision_cfg.global_average_pool = true")]
    [InlineData("vision_cfg", "\"ls_init_value\": 0.0001", "vision_cfg.ls_init_value = 0.0001")]
    [InlineData("vision_cfg", "\"act_kwargs\": {\"approximate\": \"cubic\"}", "vision_cfg.act_kwargs.approximate = \"cubic\"")]
    [InlineData("vision_cfg", "\"qk_norm\": true", "vision_cfg.qk_norm = true")]
    [InlineData("vision_cfg", "\"norm_kwargs\": {\"bias\": false}", "vision_cfg.norm_kwargs.bias = false")]
    [InlineData("vision_cfg", "\"something_new\": 7", "vision_cfg.something_new = 7")]
    [InlineData("vision_cfg", "\"layers\": [3, 4, 6, 3]", "vision_cfg.layers = [3, 4, 6, 3], which is not a whole number")]
    [InlineData("vision_cfg", "\"image_size\": [224, 336]", "vision_cfg.image_size = [224, 336], which is not one whole number")]
    [InlineData("vision_cfg", "\"width\": \"768\"", "vision_cfg.width = \"768\", which is not a whole number")]
    [InlineData("vision_cfg", "\"layers\": 2000000000", "number of layers of the image tower")]
    [InlineData("vision_cfg", "\"width\": 100", "gives the image tower 1 heads", false)]
    [InlineData("vision_cfg", "\"width\": 100, \"head_width\": 30", "3 heads, which do not divide its width 100")]
    [InlineData("text_cfg", "\"hf_model_name\": \"roberta-base\"", "text_cfg.hf_model_name = \"roberta-base\"")]
    [InlineData("text_cfg", "\"tokenizer_kwargs\": {\"clean\": \"upper\"}", "text_cfg.tokenizer_kwargs.clean = \"upper\"")]
    [InlineData("text_cfg", "\"embed_cls\": true, \"no_causal_mask\": true", "text_cfg.embed_cls = true")]
    [InlineData("text_cfg", "\"text_arch\": \"modern\"", "text_cfg.text_arch = \"modern\"")]
    [InlineData("text_cfg", "\"pool_type\": \"mean\"", "text_cfg.pool_type = \"mean\"")]
    [InlineData("multimodal_cfg", "\"layers\": 12", "has multimodal_cfg = { \"layers\": 12 }")]
    public void What_is_not_supported_is_named(string section, string setting, string expected, bool isRefused = true)
    {
        string json = """{"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}, "multimodal_cfg": null}"""
            .Replace($"\"{section}\": {(section == "multimodal_cfg" ? "null" : "{}")}", $"\"{section}\": {{ {setting} }}");
        if (!isRefused)
        {
            Assert.Equal(1, Read(json).Vision.Heads);
            return;
        }
        var error = Assert.Throws<ClipLensException>(() => Read(json));
        Assert.Contains(expected, error.Message);
        Assert.Contains("config.json", error.Message);
    }

    [Theory]
    [InlineData("""{"model_type": "siglip2", "vision_config": {}, "text_config": {}}""", "model_type = \"siglip2\"")]
    [InlineData("""{"model_type": "clip", "vision_config": {"hidden_act": "gelu_new"}, "text_config": {}}""", "vision_config.hidden_act = \"gelu_new\"")]
    [InlineData("""{"model_type": "clip", "vision_config": {"num_channels": 1}, "text_config": {}}""", "vision_config.num_channels = 1")]
    [InlineData("""{"model_type": "clip", "vision_config": {}, "text_config": {"eos_token_id": 7}}""", "text_config.eos_token_id = 7")]
    [InlineData("""{"model_type": "clip_vision_model", "hidden_size": 768}""", "model_type = \"clip_vision_model\"")]
    [InlineData("""{"model_type": "clip", "vision_config": {}}""", "no setting text_config")]
    [InlineData("""{"embed_dim": 5, "vision_cfg": {}}""", "no setting text_cfg")]
    [InlineData("""{"vision_cfg": {}, "text_cfg": {}}""", "no setting embed_dim")]
    [InlineData("""{"vision_cfg": 5, "embed_dim": 5}""", "vision_cfg is not a JSON object")]
    [InlineData("""{"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}, "preprocess_cfg": 1}""", "preprocess_cfg is not a JSON object")]
    [InlineData("""{"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}, "quick_gelu": 1}""", "quick_gelu = 1, which is not true or false")]
    [InlineData("""{"model_cfg": {"embed_dim": 9, "vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": {"resize_mode": "longest"}}""", "preprocess_cfg.resize_mode = \"longest\"")]
    [InlineData("""{"model_cfg": {"embed_dim": 9, "vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": {"size": 256}}""", "preprocess_cfg.size = 256, which is not the model's image size, 224")]
    [InlineData("""{"model_cfg": {"embed_dim": 9, "vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": {"mean": [1, 2]}}""", "preprocess_cfg.mean = [1, 2]")]
    [InlineData("""{"model_cfg": {"embed_dim": 9, "vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": {"std": [1, 0, 2]}}""", "standard deviation that is not positive")]
    [InlineData("""{"architectures": []}""", "neither vision_cfg (open_clip) nor vision_config (Hugging Face)")]
    [InlineData("""["a"]""", "neither vision_cfg")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"embed_dim": 5, "vision_cfg": {"\ud800": 1}, "text_cfg": {}}""", "not valid JSON")]
    public void A_wrong_config_is_refused_in_one_sentence(string json, string expected)
    {
        var error = Assert.Throws<ClipLensException>(() => Read(json));
        Assert.Contains(expected, error.Message);
        Assert.Contains("config.json", error.Message);
    }

    [Theory]
    [InlineData("""{"do_center_crop": false}""", "do_center_crop = false")]
    [InlineData("""{"resample": 1}""", "resample = 1")]
    [InlineData("""{"rescale_factor": 1}""", "rescale_factor = 1")]
    [InlineData("""{"crop_size": {"height": 224, "width": 256}}""", "crop_size = { \"height\": 224")]
    [InlineData("""{"size": {"height": 224, "width": 256}}""", "size = { \"height\": 224, \"width\": 256}, which is not the model's image size, 224, as 'width'")]
    [InlineData("""{"size": 256, "crop_size": 224}""", "size = 256, which is not the model's image size, 224")]
    public void A_preprocessing_that_is_not_supported_is_named(string json, string expected)
    {
        using var folder = new ScratchFolder();
        folder.Write("preprocessor_config.json", json);
        string path = folder.Write("config.json", """{"model_type": "clip", "vision_config": {}, "text_config": {}}""");
        var error = Assert.Throws<ClipLensException>(() => ConfigFile.Read(path, Activation.Gelu));
        Assert.Contains("preprocessor_config.json has " + expected.Replace("{ \"", "{\""), error.Message);
    }

    [Theory]
    [InlineData("""{"size": {"height": 224, "width": 224}, "crop_size": {"height": 224, "width": 224}}""", true)]
    [InlineData("""{"size": {"height": 224, "width": 224}, "do_center_crop": false}""", true)]
    [InlineData("""{"size": {"shortest_edge": 224}, "crop_size": 224}""", false)]
    [InlineData("{}", false)]
    public void A_size_of_height_and_width_squashes_the_picture(string json, bool squashes)
    {
        using var folder = new ScratchFolder();
        folder.Write("preprocessor_config.json", json);
        string path = folder.Write("config.json", """{"model_type": "clip", "vision_config": {}, "text_config": {}}""");
        Assert.Equal(squashes, ConfigFile.Read(path, Activation.Gelu).Preprocess.Squashes);
        string mode = squashes ? "squash" : "shortest";
        string other = folder.Write("open_clip_config.json",
            """{"model_cfg": {"embed_dim": 9, "vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": {"resize_mode": "MODE"}}""".Replace("MODE", mode));
        Assert.Equal(squashes, ConfigFile.Read(other, Activation.Gelu).Preprocess.Squashes);
    }

    [SharedFact]
    public void The_case_of_a_size_of_height_and_width_squashes_the_picture()
    {
        using var folder = new ScratchFolder();
        foreach (string name in new[] { "config.json", "preprocessor_config.json" })
            File.Copy(SharedData.Path("cases", "10-preprocessor-size-height-width", name), folder.File(name));
        File.CreateSymbolicLink(folder.File("model.safetensors"), SharedData.Path("golden", "formats", "b_hf_clipmodel.safetensors"));
        using var checkpoint = Checkpoint.Open(folder.Path);
        Assert.True(checkpoint.Config.Preprocess.Squashes);
    }

    private static ClipConfig Read(string json)
    {
        using var folder = new ScratchFolder();
        return ConfigFile.Read(folder.Write("config.json", json), Activation.Gelu);
    }
}
