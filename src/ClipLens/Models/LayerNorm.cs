using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>A layer norm over the last axis: less the mean, by the standard deviation, times a gain, plus a bias.</summary>
internal sealed record LayerNorm(Tensor Gain, Tensor Bias, double Epsilon) : IDisposable
{
    /// <summary>Loads <c>name.weight</c> and <c>name.bias</c>.</summary>
    public static LayerNorm Load(Func<string, long[], Tensor> load, string name, long width, double epsilon) =>
        new(load(name + ".weight", [width]), load(name + ".bias", [width]), epsilon);

    public Tensor Apply(Tensor values) => nn.functional.layer_norm(values.As(Gain), [values.shape[^1]], Gain, Bias, Epsilon);

    /// <summary>Mean and standard deviation (epsilon included): the shape of the values less the last axis.</summary>
    public (Tensor Mean, Tensor Std) Statistics(Tensor values) => TransformerBlock.NormStatistics(values, Epsilon);

    public void Dispose()
    {
        Gain.Dispose();
        Bias.Dispose();
    }
}
