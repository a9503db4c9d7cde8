using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>
/// Running sums of the coefficients and bias shares of several blocks, in float64. Behind the sample, whose largest values say how fine the
/// <see cref="Grid"/> is, they come to the same bits in any order.
/// </summary>
internal sealed class EffectSums : IDisposable
{
    private readonly Dictionary<int, Layer> layers;

    public EffectSums(IEnumerable<(int Layer, int Neurons, int Paths)> layers, int width) =>
        this.layers = layers.ToDictionary(layer => layer.Layer, layer => new Layer(layer.Neurons, layer.Paths, width));

    /// <summary>Images added.</summary>
    public int Images { get; private set; }

    /// <summary>Adds a batch of the sample.</summary>
    public void AddSample(int layer, Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var own = layers[layer];
        own.Coefficients.AtHome.add_(coefficients.sum([0]));
        own.Bias.add_(bias.sum(0, type: ScalarType.Float64));
        own.Largest.copy_(own.Largest.maximum(coefficients.abs().amax([0, 2]).unsqueeze(1)));
        own.LargestBias.copy_(own.LargestBias.maximum(bias.abs().amax([0, 1])));
    }

    /// <summary>Ends the sample; its sums stay, or are thrown away where they are another part's.</summary>
    public void EndSample(bool keep)
    {
        foreach (var own in layers.Values)
        {
            own.MakeRounders();
            using var scope = NewDisposeScope();
            var coefficients = own.Coefficients.AtHome;
            coefficients.copy_(keep ? Grid.Round(coefficients, own.Rounder!) : zeros_like(coefficients));
            own.Bias.copy_(keep ? Grid.Round(own.Bias, own.BiasRounder!) : zeros_like(own.Bias));
        }
        if (!keep) Images = 0;
    }

    /// <summary>What rounds a block's sums of coefficients to their grid: [N, 1].</summary>
    public Tensor Rounder(int layer) => layers[layer].Rounder!;

    /// <summary>Adds a batch's sums: coefficients [N, K], on their grid and any device, and bias shares [d].</summary>
    public void Add(int layer, Tensor coefficients, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var own = layers[layer];
        own.Coefficients.With(coefficients).add_(coefficients);
        own.Bias.add_(Grid.Round(bias, own.BiasRounder!));
    }

    public void CountImages(int images) => Images += images;

    /// <summary>Mean coefficients [N, K] and mean bias share [d] of a block over all images of some parts, in float32.</summary>
    public static (Tensor Coefficients, Tensor Bias) Mean(IEnumerable<EffectSums> parts, int layer)
    {
        using var scope = NewDisposeScope();
        var all = parts.ToList();
        double images = Math.Max(1, all.Sum(part => part.Images));
        var coefficients = all.Select(part => part.layers[layer].Coefficients.AtHome).Aggregate((a, b) => a + b).div(images);
        var bias = all.Select(part => part.layers[layer].Bias).Aggregate((a, b) => a + b).div(images);
        return (coefficients.to(ScalarType.Float32).MoveToOuterDisposeScope(), bias.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    public IEnumerable<SafeTensorData> Save() => layers.SelectMany(pair => pair.Value.Tensors.Select(own =>
        SafeTensorData.From($"{own.Name}.{pair.Key}", own.Tensor)));

    public void Load(SafeTensorsFile file, int images, bool isSampled)
    {
        Images = images;
        foreach (var (layer, own) in layers)
        {
            foreach (var (name, tensor) in own.Tensors)
            {
                using var stored = file.LoadStored($"{name}.{layer}");
                tensor.copy_(stored);
            }
            if (isSampled) own.MakeRounders();
        }
    }

    public void Dispose()
    {
        foreach (var layer in layers.Values) layer.Dispose();
    }

    private sealed class Layer(int neurons, int paths, int width) : IDisposable
    {
        public TravellingSum Coefficients { get; } = new(neurons, paths);
        public Tensor Bias { get; } = zeros(width, dtype: ScalarType.Float64).DetachFromDisposeScope();
        public Tensor Largest { get; } = zeros(neurons, 1).DetachFromDisposeScope();
        public Tensor LargestBias { get; } = zeros([]).DetachFromDisposeScope();
        public Tensor? Rounder { get; private set; }
        public Tensor? BiasRounder { get; private set; }

        public IEnumerable<(string Name, Tensor Tensor)> Tensors =>
            [("coefficients", Coefficients.AtHome), ("bias", Bias), ("largest", Largest), ("largest_bias", LargestBias)];

        public void MakeRounders()
        {
            Rounder = Grid.Rounder(Largest, Grid.SumBits).DetachFromDisposeScope();
            BiasRounder = Grid.Rounder(LargestBias, Grid.SumBits).DetachFromDisposeScope();
        }

        public void Dispose()
        {
            foreach (var tensor in new[] { Bias, Largest, LargestBias }) tensor.Dispose();
            Coefficients.Dispose();
            Rounder?.Dispose();
            BiasRounder?.Dispose();
        }
    }
}
