using System.Text.RegularExpressions;

namespace ClipLens.Models.Configuration;

/// <summary>
/// An image tower that open_clip takes from the package timm, of which its config gives little but the name: what the name stands for, and
/// the sizes that the config's <c>timm_model_kwargs</c> change.
/// </summary>
internal static partial class TimmConfig
{
    // Where a head, MLP or grid is no simple multiple.
    private const double So400MlpRatio = 3.7362, GigantMlpRatio = 8960.0 / 1536, SwiGluMlpRatio = 4.0 * 2 / 3;
    private const int ProbeHeads = 8, EvaSide = 16;

    /// <summary>What the name of a tower says.</summary>
    /// <param name="Width">Width of the stream.</param>
    /// <param name="Layers">Blocks.</param>
    /// <param name="Heads">Heads of a block.</param>
    /// <param name="MlpRatio">Neurons by width.</param>
    private sealed record Size(int Width, int Layers, int Heads, double MlpRatio = 4);

    private static readonly Dictionary<string, Size> Sizes = new()
    {
        ["tiny"] = new(192, 12, 3),
        ["small"] = new(384, 12, 6),
        ["base"] = new(768, 12, 12),
        ["large"] = new(1024, 24, 16),
        ["huge"] = new(1280, 32, 16),
        ["so400m"] = new(1152, 27, 16, So400MlpRatio),
        ["giantopt"] = new(1536, 40, 16),
        ["gigantic"] = new(1536, 50, 16, GigantMlpRatio),
    };

    private static readonly (string Beginning, string What)[] Others =
    [
        ("naflexvit", "a NaFlex tower, which takes images of any shape"), ("convnext", "a ConvNeXt"), ("resnet", "a ResNet"),
        ("fastvit", "a FastViT, which is convolutional"), ("mobileclip", "a FastViT, which is convolutional"),
        ("vitamin", "a ViTamin, which is partly convolutional"), ("swin", "a Swin transformer"),
    ];

    /// <summary>The tower's shape.</summary>
    /// <param name="config">open_clip's <c>vision_cfg</c>.</param>
    /// <param name="embedDim">Width of the joint space.</param>
    /// <exception cref="ClipLensException">The name is of a tower that is not supported, or a setting is; named.</exception>
    public static VisionConfig Read(ConfigSection config, int embedDim)
    {
        string name = config.String("timm_model_name")!;
        var (vision, pool) = Known(config, name);
        vision = Changed(config, vision);
        config.Require("timm_pool", pool);
        config.Require("timm_proj", "none", "");
        bool hasProjection = config.String("timm_proj") != "none";
        if (!hasProjection && vision.Width != embedDim)
            throw config.Wrong("timm_proj", $"a projection, which the joint space of {embedDim} needs beside the tower's width "
            + $"{vision.Width}");
        config.Ignore("timm_model_pretrained", "timm_drop", "timm_drop_path", "timm_proj_bias", "patch_dropout", "output_tokens", "layers",
            "width", "head_width", "patch_size");
        int size = config.Side("image_size", vision.ImageSize);
        config.RefuseOthers();
        return vision with { ImageSize = size, HasProjection = hasProjection, HasProjectionBias = hasProjection };
    }

    private static (VisionConfig Vision, string Pool) Known(ConfigSection config, string name)
    {
        if (Siglip().Match(name) is { Success: true } siglip)
            return (Probed(siglip, siglip.Groups[1].Value == "giantopt" ? Activation.GeluTanh : Activation.Gelu, false, 1e-6) with
            {
                HasClassToken = false,
                HasPatchBias = true,
            }, "map");
        if (PeCore().Match(name) is { Success: true } core)
        {
            bool isGigantic = core.Groups[1].Value == "gigantic";
            var vision = Probed(core, Activation.Gelu, true, 1e-5);
            return (vision with
            {
                HasClassToken = !isGigantic,
                Pool = vision.Pool! with { Heads = ProbeHeads },
                Rotary = new(vision.Grid, isGigantic ? 0 : 1, ColumnFirst: true),
            }, "map");
        }
        if (Clip().Match(name) is { Success: true } clip)
            return (Plain(clip, clip.Groups[3].Success ? Activation.QuickGelu : Activation.Gelu, true, 1e-5, clip.Groups[4].Value),
            "token");
        if (Named(name) is { } named) return (named, "token");
        string what = Others.FirstOrDefault(other => name.StartsWith(other.Beginning, StringComparison.Ordinal)).What
            ?? "a tower that ClipLens does not know";
        throw new ClipLensException($"{config.Path} has vision_cfg.timm_model_name = \"{name}\", which is {what}; ClipLens supports vision "
            + "transformers: CLIP's own, SigLIP, SigLIP 2 of fixed size, PE-Core, EVA and MobileCLIP-B.");
    }

    private static VisionConfig? Named(string name) => name switch
    {
        // Cut into patches by three convolutions; the class token has no position.
        "vit_base_mci_224" => New(Sizes["base"], 16, 224, Activation.Gelu, hasPreNorm: false, 1e-6) with
        {
            HasPatchBias = true,
            HasStem = true,
            HasClassPosition = false,
        },
        "eva_giant_patch14_clip_224" or "eva_giant_patch14_224" => Eva(new(1408, 40, 16, 6144.0 / 1408), 14, 224, BlockKind.PreNorm),
        "eva02_base_patch16_clip_224" => Eva(new(768, 12, 12, SwiGluMlpRatio), 16, 224, BlockKind.InnerNorm),
        "eva02_large_patch14_clip_224" => Eva(new(1024, 24, 16, SwiGluMlpRatio), 14, 224, BlockKind.InnerNorm),
        "eva02_large_patch14_clip_336" => Eva(new(1024, 24, 16, SwiGluMlpRatio), 14, 336, BlockKind.InnerNorm),
        "eva02_enormous_patch14_clip_224" => Eva(new(1792, 64, 16, 15360.0 / 1792), 14, 224, BlockKind.PostNorm),
        _ => null,
    };

    private static VisionConfig Plain(Match name, Activation activation, bool hasPreNorm, double epsilon, string side)
    {
        var size = Sizes[name.Groups[1].Value];
        return New(size, Number(name.Groups[2].Value), Number(side), activation, hasPreNorm, epsilon);
    }

    // SigLIP's and PE-Core's pools have the model's heads and an MLP of four times the width, save in so400m.
    private static VisionConfig Probed(Match name, Activation activation, bool hasPreNorm, double epsilon)
    {
        var size = Sizes[name.Groups[1].Value];
        var vision = Plain(name, activation, hasPreNorm, epsilon, name.Groups[3].Value);
        double ratio = name.Groups[1].Value == "so400m" ? So400MlpRatio : 4;
        return vision with { Pooling = VisionPooling.Probe, Pool = new(size.Heads, size.Width, (int)(size.Width * ratio)) };
    }

    private static VisionConfig Eva(Size size, int patch, int side, BlockKind kind) =>
        New(size, patch, side, Activation.Gelu, hasPreNorm: false, 1e-6) with
        {
            HasPatchBias = true,
            Block = kind,
            Rotary = kind == BlockKind.InnerNorm ? new(EvaSide, 0, ColumnFirst: false) : null,
        };

    private static VisionConfig New(Size size, int patch, int side, Activation activation, bool hasPreNorm, double epsilon) =>
        new(side, patch, size.Width, size.Layers, size.Heads, (int)(size.Width * size.MlpRatio), activation, hasPreNorm, epsilon);

    private static VisionConfig Changed(ConfigSection config, VisionConfig vision)
    {
        if (config.Section("timm_model_kwargs") is not { } changes) return vision;
        int width = changes.Int("embed_dim", vision.Width), heads = changes.Int("num_heads", vision.Heads);
        double ratio = (double)vision.MlpWidth / vision.Width, mlpRatio = changes.Double("mlp_ratio", ratio);
        changes.Ignore("patch_drop_rate", "dynamic_img_size", "drop_path_rate");
        var changed = vision with
        {
            ImageSize = changes.Side("img_size", vision.ImageSize),
            PatchSize = changes.Side("patch_size", vision.PatchSize),
            Layers = changes.Int("depth", vision.Layers),
            Width = width,
            Heads = heads,
            MlpWidth = Neurons(width, mlpRatio),
            Pool = vision.Pool is { } pool ? new(changes.Int("attn_pool_num_heads", pool.Heads == vision.Heads && vision.Rotary is null
                ? heads : pool.Heads), width, Neurons(width, (double)pool.MlpWidth / pool.Width)) : null,
        };
        changes.RefuseOthers();
        return changed;
    }

    // Cut as in timm, but not below a whole number that the ratio was made of.
    private static int Neurons(int width, double ratio) => (int)Math.Clamp(width * ratio + 1e-9, 0, int.MaxValue);

    private static int Number(string digits) => int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("^vit_(base|large|so400m|giantopt)_patch(\\d{1,3})_siglip_(\\d{1,4})$")]
    private static partial Regex Siglip();

    [GeneratedRegex("^vit_pe_core_(tiny|small|base|large|gigantic)_patch(\\d{1,3})_(\\d{1,4})$")]
    private static partial Regex PeCore();

    [GeneratedRegex("^vit_(tiny|small|base|large|huge)_patch(\\d{1,3})_clip_(quickgelu_)?(\\d{1,4})$")]
    private static partial Regex Clip();
}
