using ClipLens.Effects;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models;

/// <summary>MobileCLIP-B: a vision transformer of timm whose patches go through three convolutions, in a small stand-in of its
/// layout.</summary>
public sealed class PatchStemTests : IDisposable
{
    private const int Width = 32, Grid = 3, Patch = 16;
    private readonly ScratchFolder folder = new();
    private readonly Dictionary<string, float[]> values = [];
    private readonly Random random = new(7);

    public PatchStemTests()
    {
        string path = folder.Write("open_clip_config.json", """
            {"model_cfg": {"embed_dim": 24, "custom_text": true, "vision_cfg": {"timm_model_name": "vit_base_mci_224", "timm_pool": "token",
             "timm_proj": null, "image_size": 48, "timm_model_kwargs": {"embed_dim": 32, "depth": 2, "num_heads": 2, "img_size": 48}},
             "text_cfg": {"context_length": 8, "vocab_size": 527, "width": 32, "heads": 2, "layers": 1, "no_causal_mask": false}},
             "preprocess_cfg": {"mean": [0, 0, 0], "std": [1, 1, 1], "interpolation": "bilinear", "resize_mode": "shortest"}}
            """);
        TinyModel.WriteVocabulary(folder.Path);
        var tensors = CanonicalTensors.Shapes(ConfigFile.Read(path, Activation.Gelu)).Select(tensor => Store(tensor.Name, tensor.Shape))
            .ToList();
        // PyTorch counts the batches that its norm has seen.
        tensors.Add(SafeTensorData.From("visual.trunk.patch_embed.backbone.0.bn.num_batches_tracked", [12f], []));
        SafeTensorsWriter.Save(folder.File("open_clip_model.safetensors"), tensors);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_stream_that_enters_the_blocks_is_the_stems_worked_out_patch_by_patch()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var model = ClipModel.Load(folder.Path);
        var pixels = randn([2, 3, 48, 48], generator: new Generator(3, CPU));
        var stream = model.Image.Trace(pixels, new TraceRequest { ResidPre = [0] }).ResidPre[0];
        Assert.Equal([2, 1 + Grid * Grid, Width], stream.shape);
        float[] input = [.. pixels.contiguous().data<float>()];
        for (int image = 0; image < 2; image++)
        {
            // The class token has no position of its own.
            Near([.. Own("cls_token").Select(value => (double)value)], stream[image, 0]);
            for (int patch = 0; patch < Grid * Grid; patch++)
            {
                double[] own = Plain(input, image, patch / Grid, patch % Grid);
                Near([.. own.Select((value, i) => value + Own("pos_embed")[patch * Width + i])], stream[image, patch + 1]);
            }
        }
    }

    [Fact]
    public void The_parts_add_up_to_the_output_and_texts_can_be_embedded()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var model = ClipModel.Load(folder.Path);
        var lens = new NeuronLens(model);
        var trace = lens.Trace(randn([2, 3, 48, 48], generator: new Generator(4, CPU)),
            TraceRequest.Union([lens.SecondOrderRequest([0]), NeuronLens.FirstOrderRequest]));
        var first = lens.FirstOrder(trace);
        var sum = first.Embedding + first.Heads.sum([1, 2]) + first.Mlps.sum(1) + first.Remainder;
        Assert.InRange(Golden.RelativeError(sum, nn.functional.normalize(trace.Representation, 2, 1) * 100), 0, 1e-5);
        Assert.Equal([2, 4 * Width, 24], lens.SecondOrder(trace, 0).shape);
        Assert.Equal([1, 24], model.EmbedTexts(["red sky"], cancellation: TestContext.Current.CancellationToken).shape);
        Assert.Equal((true, false, Interpolation.Bilinear), (model.Config.Vision.HasStem, model.Config.Vision.HasClassPosition,
            model.Config.Preprocess.Interpolation));
    }

    /// <summary>A patch of 16 pixels: 4 x 4 squares of 4, then 2 x 2 of those, then 2 x 2 of those.</summary>
    private double[] Plain(float[] input, int image, int row, int column)
    {
        double Pixel(int channel, int y, int x) => input[((image * 3 + channel) * 48 + row * Patch + y) * 48 + column * Patch + x];
        int quarter = Width / 4;
        double[,,] first = Step(0, 3, 4, 4, Pixel), second = Step(1, quarter, 2, 2, (channel, y, x) => first[channel, y, x]);
        float[] weight = Own("patch_embed.backbone.2.conv.weight"), bias = Own("patch_embed.backbone.2.conv.bias");
        double[] result = new double[Width];
        for (int output = 0; output < Width; output++)
        {
            result[output] = bias[output];
            for (int i = 0; i < quarter * 4; i++) result[output] += weight[output * quarter * 4 + i] * second[i / 4, i / 2 % 2, i % 2];
        }
        return result;
    }

    private double[,,] Step(int index, int channels, int side, int places, Func<int, int, int, double> input)
    {
        float[] Part(string name) => Own($"patch_embed.backbone.{index}.{name}");
        int outputs = Width / 4;
        double[,,] result = new double[outputs, places, places];
        for (int output = 0; output < outputs; output++)
            for (int y = 0; y < places; y++)
                for (int x = 0; x < places; x++)
                {
                    double sum = 0;
                    for (int i = 0; i < channels * side * side; i++)
                        sum += Part("conv.weight")[output * channels * side * side + i]
                            * input(i / (side * side), y * side + i / side % side, x * side + i % side);
                    double normed = (sum - Part("bn.running_mean")[output]) / Math.Sqrt(Part("bn.running_var")[output] + 1e-5)
                        * Part("bn.weight")[output] + Part("bn.bias")[output];
                    result[output, y, x] = Gelu(normed);
                }
        return result;
    }

    private static double Gelu(double x)
    {
        using var scope = NewDisposeScope();
        return x * 0.5 * (1 + erf(tensor(x / Math.Sqrt(2), dtype: ScalarType.Float64)).item<double>());
    }

    private float[] Own(string name) => values["visual.trunk." + name];

    /// <summary>A random tensor under the name and in the form that timm keeps it.</summary>
    private SafeTensorData Store(string name, long[] shape)
    {
        string stored = name.StartsWith("visual.", StringComparison.Ordinal) ? TimmNames.Recipe(name, Stem).Sources[0] : "text." + name;
        if (name == "visual.proj") shape = [shape[1], shape[0]];
        if (stored.EndsWith("cls_token", StringComparison.Ordinal)) shape = [1, 1, .. shape];
        if (stored.EndsWith("pos_embed", StringComparison.Ordinal)) shape = [1, .. shape];
        float[] own = new float[shape.Aggregate(1L, (a, b) => a * b)];
        bool isPositive = stored.EndsWith("running_var", StringComparison.Ordinal);
        for (int i = 0; i < own.Length; i++) own[i] = isPositive ? 0.5f + random.NextSingle() : (random.NextSingle() - 0.5f) / 2;
        values[stored] = own;
        return SafeTensorData.From(stored, own, shape);
    }

    // The names that tell timm's file of this tower from others.
    private static readonly HashSet<string> Stem = ["visual.trunk.patch_embed.backbone.2.conv.weight"];

    private static void Near(double[] expected, Tensor actual) =>
        Assert.InRange(Golden.RelativeError(actual, tensor(expected).to(ScalarType.Float32)), 0, 1e-5);
}
