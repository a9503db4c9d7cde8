using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Neurons;

/// <summary>Running sums of the coefficients and bias shares of several blocks over a dataset, in float64 and in the order of the
/// images.</summary>
internal sealed class EffectSums : IDisposable
{
    private readonly Dictionary<int, (Tensor Coefficients, Tensor Bias)> sums;

    public EffectSums(IEnumerable<(int Layer, int Neurons, int Paths)> layers, int width) =>
        sums = layers.ToDictionary(layer => layer.Layer,
            layer => (zeros(layer.Neurons, layer.Paths, dtype: ScalarType.Float64).DetachFromDisposeScope(),
                zeros(width, dtype: ScalarType.Float64).DetachFromDisposeScope()));

    /// <summary>Images added.</summary>
    public int Images { get; private set; }

    public void Add(int layer, Tensor coefficients, Tensor bias)
    {
        sums[layer].Coefficients.add_(coefficients);
        sums[layer].Bias.add_(bias);
    }

    public void CountImages(int images) => Images += images;

    /// <summary>Mean coefficients [N, K] and mean bias share [d] of a block, in float32.</summary>
    public (Tensor Coefficients, Tensor Bias) Mean(int layer) =>
        (sums[layer].Coefficients.div(Images).to(ScalarType.Float32), sums[layer].Bias.div(Images).to(ScalarType.Float32));

    public IEnumerable<SafeTensorData> Save() => sums.SelectMany(pair => new[]
    {
        SafeTensorData.From($"coefficients.{pair.Key}", pair.Value.Coefficients), SafeTensorData.From($"bias.{pair.Key}", pair.Value.Bias),
    });

    public void Load(SafeTensorsFile file, int images)
    {
        Images = images;
        foreach (var (layer, (coefficients, bias)) in sums)
        {
            using Tensor storedCoefficients = file.LoadStored($"coefficients.{layer}"), storedBias = file.LoadStored($"bias.{layer}");
            coefficients.copy_(storedCoefficients);
            bias.copy_(storedBias);
        }
    }

    public void Dispose()
    {
        foreach (var (coefficients, bias) in sums.Values)
        {
            coefficients.Dispose();
            bias.Dispose();
        }
    }
}
