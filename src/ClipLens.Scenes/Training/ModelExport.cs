using System.Text;
using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Configuration;
using ClipLens.Scenes.Language;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>Writes trained weights as an ordinary open_clip folder in float16.</summary>
internal static class ModelExport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Save(string folder, WorldParameters weights, WorldVocabulary vocabulary)
    {
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        vocabulary.Save(folder);
        SafeTensorsWriter.Save(Path.Combine(folder, "open_clip_model.safetensors"),
            [.. weights.Names.Select(name => SafeTensorData.From(name, weights.Folded(name).to(ScalarType.Float16)))]);
        string config = JsonSerializer.Serialize(Config(weights.Config), Indented) + "\n";
        AtomicFile.Write(Path.Combine(folder, "open_clip_config.json"), Encoding.UTF8.GetBytes(config));
        WorldModel.Seal(folder);
    }

    private static object Config(ClipConfig config) => new
    {
        model_cfg = new
        {
            embed_dim = config.EmbedDim,
            quick_gelu = config.Vision.Activation == Activation.QuickGelu,
            vision_cfg = new
            {
                image_size = config.Vision.ImageSize,
                patch_size = config.Vision.PatchSize,
                width = config.Vision.Width,
                layers = config.Vision.Layers,
                head_width = config.Vision.Width / config.Vision.Heads,
                mlp_ratio = (double)config.Vision.MlpWidth / config.Vision.Width,
                no_ln_pre = !config.Vision.HasPreNorm,
            },
            text_cfg = new
            {
                context_length = config.Text.ContextLength,
                vocab_size = config.Text.VocabularySize,
                width = config.Text.Width,
                heads = config.Text.Heads,
                layers = config.Text.Layers,
                mlp_ratio = (double)config.Text.MlpWidth / config.Text.Width,
            },
        },
        preprocess_cfg = new
        {
            mean = config.Preprocess.Mean,
            std = config.Preprocess.Std,
            interpolation = "bicubic",
            resize_mode = "shortest",
            mode = "RGB",
            size = new[] { config.Vision.ImageSize, config.Vision.ImageSize },
        },
    };
}
