using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Scenes.Training;

/// <summary>The trained tensors under open_clip's names.</summary>
internal sealed class WorldParameters : IDisposable
{
    private readonly Dictionary<string, Tensor> tensors;

    private WorldParameters(ClipConfig config, Dictionary<string, Tensor> tensors)
    {
        Config = config;
        this.tensors = tensors;
    }

    public ClipConfig Config { get; }

    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>What the blocks' matrix products are computed in; the weights themselves are float32.</summary>
    public ScalarType Precision { get; private init; } = ScalarType.Float32;

    /// <summary>Factor on what the first block's MLP of the image tower writes.</summary>
    public double FirstMlpGain { get; init; } = 1;

    public Tensor this[string name] => tensors[name];

    /// <summary>Fresh weights as open_clip initialises them, from our own random numbers.</summary>
    public static WorldParameters Create(ClipConfig config, ulong seed, double firstMlpGain = 1)
    {
        string[] names = [.. CanonicalTensors.Shapes(config).Select(t => t.Name), CanonicalTensors.LogitScale];
        var tensors = new Dictionary<string, Tensor>();
        ulong index = 0;
        foreach (var (name, shape) in CanonicalTensors.Shapes(config))
            tensors[name] = Initial(config, name, shape, new SceneRandom(SceneRandom.Derive(seed, index++))).DetachFromDisposeScope();
        tensors[CanonicalTensors.LogitScale] = tensor((float)Math.Log(1 / 0.07)).DetachFromDisposeScope();
        return new WorldParameters(config, tensors) { Names = names, FirstMlpGain = firstMlpGain };
    }

    /// <summary>The same weights as leaves of a graph of their own, in the calling thread's dispose scope: they share the values, not
    /// the gradients.</summary>
    /// <param name="precision">See <see cref="Precision"/>.</param>
    public WorldParameters Leaves(ScalarType precision) =>
        new(Config, tensors.ToDictionary(t => t.Key, t => t.Value.detach().requires_grad_(true)))
        {
            Names = Names,
            Precision = precision,
            FirstMlpGain = FirstMlpGain
        };

    /// <summary>A tensor as an ordinary checkpoint has it, with the gain folded in; of the calling thread's dispose scope.</summary>
    public Tensor Folded(string name) =>
        name.StartsWith("visual.transformer.resblocks.0.mlp.c_proj.", StringComparison.Ordinal) ? this[name] * FirstMlpGain
        : this[name].alias();

    public void Dispose()
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    private static Tensor Initial(ClipConfig config, string name, long[] shape, SceneRandom random)
    {
        if (name.EndsWith("bias", StringComparison.Ordinal)) return zeros(shape);
        if (name.Contains(".ln_", StringComparison.Ordinal) || name.StartsWith("ln_", StringComparison.Ordinal)) return ones(shape);
        bool visual = name.StartsWith("visual.", StringComparison.Ordinal);
        double width = visual ? config.Vision.Width : config.Text.Width, layers = visual ? config.Vision.Layers : config.Text.Layers;
        double deviation = name switch
        {
            "token_embedding.weight" => 0.02,
            "positional_embedding" => 0.01,
            "visual.conv1.weight" => Math.Pow(3 * shape[2] * shape[3], -0.5),
            _ when name.EndsWith("c_fc.weight", StringComparison.Ordinal) => Math.Pow(2 * width, -0.5),
            _ when name.EndsWith("out_proj.weight", StringComparison.Ordinal) || name.EndsWith("c_proj.weight", StringComparison.Ordinal)
                => Math.Pow(width, -0.5) * Math.Pow(2 * layers, -0.5),
            _ => Math.Pow(width, -0.5),
        };
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * Bell(random));
        return tensor(values, shape);
    }

    // Close to a normal deviate (the sum of 12 uniform ones, Irwin-Hall), without a platform's logarithm.
    private static double Bell(SceneRandom random)
    {
        double sum = -6;
        for (int i = 0; i < 12; i++) sum += random.Uniform();
        return sum;
    }
}
