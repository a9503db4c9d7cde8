using System.Text.Json;
using ClipLens.Files;

namespace ClipLens.Models.Configuration;

/// <summary>Finds out what a JSON file is and reads it.</summary>
internal static class ConfigFile
{
    /// <summary>Whether the file is a model's config, of whatever family; never fails.</summary>
    public static bool IsModelConfig(string path)
    {
        try
        {
            return JsonFile.Read(path, root => IsOpenClip(root) || IsHuggingFace(root));
        }
        catch (ClipLensException)
        {
            return false;
        }
    }

    /// <summary>Reads a model's config.</summary>
    /// <param name="path">The file: open_clip's, with or without its outer object, or Hugging Face's.</param>
    /// <param name="unsaid">The activation where the file does not say it.</param>
    /// <exception cref="ClipLensException">It is no model's config, or asks for something that is not supported; named.</exception>
    public static ClipConfig Read(string path, Activation unsaid)
    {
        var config = JsonFile.Read(path, root => Read(path, root, unsaid));
        ConfigLimits.Check(config, path);
        return config;
    }

    private static ClipConfig Read(string path, JsonElement root, Activation unsaid)
    {
        if (IsOpenClip(root)) return OpenClipConfig.Read(path, root, unsaid);
        if (IsHuggingFace(root)) return HuggingFaceConfig.Read(path, root);
        throw new ClipLensException($"{path} is not a CLIP model's config: it has neither vision_cfg (open_clip) nor vision_config "
            + "(Hugging Face).");
    }

    private static bool IsOpenClip(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("model_cfg", out _) || root.TryGetProperty("vision_cfg", out _));

    // A config of another architecture is one too, so that it can be refused by its name.
    private static bool IsHuggingFace(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("vision_config", out _) || root.TryGetProperty("model_type", out _));
}
