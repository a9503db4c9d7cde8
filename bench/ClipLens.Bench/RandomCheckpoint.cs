using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Bench;

/// <summary>An open_clip folder of a given shape with random weights: what a forward pass costs does not depend on their values.</summary>
internal static class RandomCheckpoint
{
    public static void Write(string folder, ClipConfig config, int seed = 0)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        Directory.CreateDirectory(folder);
        var tensors = CanonicalTensors.Shapes(config).Select(tensor => SafeTensorData.From(tensor.Name, Values(tensor.Name, tensor.Shape)))
            .ToList();
        SafeTensorsWriter.Save(Path.Combine(folder, "open_clip_model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "open_clip_config.json"), JsonSerializer.Serialize(new
        {
            model_cfg = new
            {
                embed_dim = config.EmbedDim,
                vision_cfg = new
                {
                    image_size = config.Vision.ImageSize,
                    layers = config.Vision.Layers,
                    width = config.Vision.Width,
                    patch_size = config.Vision.PatchSize,
                    head_width = config.Vision.Width / config.Vision.Heads,
                    no_ln_pre = !config.Vision.HasPreNorm,
                },
                text_cfg = new
                {
                    context_length = config.Text.ContextLength,
                    vocab_size = config.Text.VocabularySize,
                    width = config.Text.Width,
                    heads = config.Text.Heads,
                    layers = config.Text.Layers,
                },
            },
        }));
    }

    private static Tensor Values(string name, long[] shape) =>
        name.Contains("ln_") && name.EndsWith("weight") ? ones(shape)
        : shape.Length == 1 ? randn(shape) * 0.02
        : randn(shape) / Math.Sqrt(shape[1..].Aggregate(1L, (a, b) => a * b));
}
