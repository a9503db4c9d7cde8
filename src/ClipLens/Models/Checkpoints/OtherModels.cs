using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Models.Checkpoints;

/// <summary>Says what a file holds that is no whole CLIP-ViT, by its tensors' names, and what to do.</summary>
internal static class OtherModels
{
    private const string Convolutional = "a convolutional image tower of the package timm (ConvNeXt, FastViT or the like)";

    // Parts that ClipLens does not compute, by what their tensors' names contain.
    private static readonly (string Part, string What)[] OtherParts =
    [
        ("visual.trunk.stages.", Convolutional), ("visual.trunk.stem.", Convolutional), ("visual.trunk.layer1.", "a ResNet"),
        ("visual.trunk.embeds.", "SigLIP 2's NaFlex image tower, which takes images of any shape"),
        ("visual.layer1.", "a ResNet"), ("visual.attnpool", "a ResNet"),
        ("text.transformer.embeddings.", "a text tower of Hugging Face"), ("roberta", "a text tower of Hugging Face"),
        (".ls_1.", "layer scale"), (".ls1.", "layer scale"), (".gamma_1", "layer scale"), (".reg_token", "register tokens"),
        (".rope", "learnt rotary embeddings"), ("visual.cls_token", "EVA-CLIP's image tower"),
        ("visual.patch_embed.", "EVA-CLIP's image tower"),
        ("visual_encoder.", "BLIP"), ("qformer.", "BLIP-2"),
        ("bert.embeddings.", "a text tower of BERT"),
        ("image_encoder.trunk.", "an image tower of the package timm under names of its own"), ("language_model.", "a language model"),
    ];

    private const string BothTowers = "ClipLens needs both towers of a CLIP-ViT in one checkpoint, of open_clip, Hugging Face or OpenAI";

    /// <summary>A part of the model that ClipLens does not compute, or null.</summary>
    public static string? Part(IEnumerable<string> names)
    {
        string[] all = [.. names];
        foreach (var (part, what) in OtherParts)
            if (all.Any(name => name.Contains(part, StringComparison.Ordinal))) return what;
        return null;
    }

    /// <summary>Why a file with these tensors is no whole CLIP-ViT; null if nothing speaks against it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The names of its tensors.</param>
    /// <param name="isFound">Whether an image tower was found.</param>
    public static ClipLensException? Refusal(string path, ICollection<string> names, bool isFound)
    {
        if (names.Any(name => name.Contains("lora_", StringComparison.Ordinal)
            || name.Contains("hada_", StringComparison.Ordinal))) return Adapter(path);
        if (Part(names) is { } part && (!isFound || names.Any(name => name.StartsWith("visual.", StringComparison.Ordinal))))
            return new($"{path} holds {part}, which ClipLens does not support; {BothTowers}.");
        bool hasTexts = names.Any(name => name.EndsWith("token_embedding.weight", StringComparison.Ordinal)
            || name.StartsWith("transformer.resblocks.", StringComparison.Ordinal)
            || name.Contains("text_model.", StringComparison.Ordinal));
        if (isFound) return hasTexts ? null : Lone(path, "image", "text");
        if (hasTexts && !names.Any(name => name.EndsWith("conv1.weight", StringComparison.Ordinal))) return Lone(path, "text", "image");
        if (names.Contains("class_embedding") && names.Contains("conv1.weight")) return Lone(path, "image", "text");
        if (names.Any(name => name.EndsWith("patch_embed.proj.weight", StringComparison.Ordinal)))
            return new($"{path} holds a vision transformer of another family (its patches are called 'patch_embed.proj'), no CLIP-ViT; "
            + $"{BothTowers}.");
        return new($"{path} does not hold a CLIP-ViT's weights: it has neither 'visual.conv1.weight' nor 'visual.trunk.pos_embed' "
            + "(open_clip) nor "
            + $"'vision_model.embeddings.patch_embedding.weight' (Hugging Face), but {Shown(names)}.");
    }

    private static ClipLensException Lone(string path, string has, string lacks) =>
        new($"{path} holds CLIP's {has} tower alone, without the {lacks} tower; {BothTowers}: give the one that this was taken from.");

    private static ClipLensException Adapter(string path)
    {
        string? model = BaseModel(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", "adapter_config.json"));
        return new($"{path} holds a LoRA adapter{(model is null ? "" : $" of {model}")}, not a whole model; merge it into its model "
            + "(PEFT's merge_and_unload) and save that one.");
    }

    private static string? BaseModel(string config)
    {
        if (!File.Exists(config)) return null;
        try
        {
            return JsonFile.Read(config, root => root.TryGetProperty("base_model_name_or_path", out var name)
                && name.ValueKind == JsonValueKind.String
                && name.GetString() is { Length: > 0 and <= 200 } text ? text : null);
        }
        catch (ClipLensException)
        {
            return null;
        }
    }

    private static string Shown(ICollection<string> names) => names.Count == 0 ? "nothing"
        : string.Join(", ", names.Take(3).Select(name => $"'{(name.Length <= 80 ? name : name[..80] + "...")}'"))
        + (names.Count > 3 ? ", ..." : "");
}
