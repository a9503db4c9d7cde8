using System.Text;
using System.Text.Json;
using ClipLens.Files;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Models.Tokenizer;
using SkiaSharp;

namespace ClipLens.Tests.Support;

/// <summary>
/// A small random CLIP as an open_clip folder, with a vocabulary of its own, and small drawn pictures: enough for everything that is about
/// how things are computed, stored and resumed, in milliseconds and without the shared data. The same seed gives the same bytes.
/// </summary>
internal static class TinyModel
{
    /// <summary>Blocks of the image tower.</summary>
    public const int Blocks = 4;

    /// <summary>Neurons of a block.</summary>
    public const int Neurons = 128;

    /// <summary>Side of a picture, in pixels.</summary>
    public const int ImageSize = 32;

    private const int Width = 32, TextWidth = 32, TextBlocks = 2, Context = 16, EmbedDim = 24;

    /// <summary>Writes the checkpoint into a folder, which is made if need be, and returns the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="activation">The non-linearity of the image tower's and the text tower's MLPs.</param>
    /// <param name="preNorm">Whether the image tower has <c>ln_pre</c>.</param>
    /// <param name="blocks">Blocks of the image tower.</param>
    /// <param name="textBlocks">Blocks of the text tower.</param>
    public static string Write(string folder, int seed = 1, Activation activation = Activation.Gelu, bool preNorm = true,
        int blocks = Blocks, int textBlocks = TextBlocks)
    {
        Directory.CreateDirectory(folder);
        int vocabulary = WriteVocabulary(folder);
        File.WriteAllText(Path.Combine(folder, "open_clip_config.json"), JsonSerializer.Serialize(new
        {
            model_cfg = new
            {
                embed_dim = EmbedDim,
                quick_gelu = activation == Activation.QuickGelu,
                vision_cfg = new
                {
                    image_size = ImageSize,
                    layers = blocks,
                    width = Width,
                    head_width = 16,
                    patch_size = 8,
                    no_ln_pre = !preNorm
                },
                text_cfg = new { context_length = Context, vocab_size = vocabulary, width = TextWidth, heads = 2, layers = textBlocks },
            },
        }));
        var random = new Random(seed);
        SafeTensorsWriter.Save(Path.Combine(folder, "open_clip_model.safetensors"), [.. Tensors(vocabulary, preNorm, blocks, textBlocks)
            .Select(tensor => SafeTensorData.From(tensor.Name, Values(tensor.Name, tensor.Shape, random), tensor.Shape))]);
        return folder;
    }

    /// <summary>Draws pictures 000.png, 001.png, ... of different sizes into a folder, which is made if need be, and returns the
    /// folder.</summary>
    public static string WritePictures(string folder, int count, int seed = 1)
    {
        Directory.CreateDirectory(folder);
        for (int i = 0; i < count; i++) WritePicture(Path.Combine(folder, $"{i:000}.png"), seed * 10_000 + i);
        return folder;
    }

    /// <summary>Draws one picture.</summary>
    public static void WritePicture(string path, int seed)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(random.Next(32, 60), random.Next(32, 60), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(Color(random));
            for (int shape = 0; shape < 5; shape++)
            {
                using var paint = new SKPaint { Color = Color(random) };
                if (random.Next(2) == 0) canvas.DrawCircle(random.Next(50), random.Next(50), random.Next(3, 20), paint);
                else canvas.DrawRect(random.Next(40), random.Next(40), random.Next(3, 30), random.Next(3, 30), paint);
            }
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, data.ToArray());
    }

    /// <summary>Writes a text pool: short texts that are all different.</summary>
    public static string WriteTexts(string path, int count, int seed = 1)
    {
        string[] words = ["red", "blue", "round", "square", "small", "large", "dark", "bright", "circle", "box", "sky", "sea", "near",
            "far"];
        var random = new Random(seed);
        var texts = new HashSet<string>();
        while (texts.Count < count) texts.Add(string.Join(' ', Enumerable.Range(0, random.Next(1, 4))
            .Select(_ => words[random.Next(words.Length)])));
        File.WriteAllLines(path, texts);
        return path;
    }

    private static SKColor Color(Random random) => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));

    public static int WriteVocabulary(string folder)
    {
        string[] merges = ["r e", "re d</w>", "b l", "bl u", "blu e</w>", "s k", "sk y</w>", "s e", "se a</w>", "o u", "r ou"];
        var vocabulary = BytePairVocabulary.FromMerges("the tiny model", merges);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(vocabulary.Ids));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Join('\n', merges)
            + "\n", new UTF8Encoding(false));
        return vocabulary.Ids.Count;
    }

    private static IEnumerable<(string Name, long[] Shape)> Tensors(int vocabulary, bool preNorm, int blocks, int textBlocks) =>
        CanonicalTensors.Shapes(new ClipConfig(EmbedDim,
        new VisionConfig(ImageSize, 8, Width, blocks, 2, Neurons, Activation.Gelu, preNorm),
        new TextConfig(Context, vocabulary, TextWidth, textBlocks, 2, 4 * TextWidth, Activation.Gelu), PreprocessConfig.OpenAi));

    /// <summary>Matrices that keep the length of what they multiply, gains near 1, small biases: signals neither vanish nor grow on their
    /// way.</summary>
    private static float[] Values(string name, long[] shape, Random random)
    {
        bool gain = shape.Length == 1 && name.EndsWith("weight", StringComparison.Ordinal),
            bias = name.EndsWith("bias", StringComparison.Ordinal);
        double deviation = gain ? 0.2 : bias ? 0.1 : shape.Length == 1 ? 1 : 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (float)((gain ? 1 : 0) + deviation * Normal(random));
        return values;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
