using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>An MLP of one hidden layer; a neuron is an entry of it, with or without a gate.</summary>
internal sealed class Mlp : IDisposable
{
    private readonly Activation activation;
    private readonly Tensor? gateWeight, gateBias;

    private Mlp(Func<string, long[], Tensor> load, long width, long mlpWidth, Activation activation, bool gated)
    {
        this.activation = activation;
        FcWeight = load("mlp.c_fc.weight", [mlpWidth, width]);
        FcBias = load("mlp.c_fc.bias", [mlpWidth]);
        ProjWeight = load("mlp.c_proj.weight", [width, mlpWidth]);
        ProjBias = load("mlp.c_proj.bias", [width]);
        if (!gated) return;
        gateWeight = load("mlp.c_gate.weight", [mlpWidth, width]);
        gateBias = load("mlp.c_gate.bias", [mlpWidth]);
    }

    /// <param name="load">Loads a tensor by its name and shape.</param>
    /// <param name="width">Width of the stream.</param>
    /// <param name="mlpWidth">Neurons.</param>
    /// <param name="activation">The non-linearity; a gate has silu.</param>
    /// <param name="gated">Whether a neuron is silu(gate) times value.</param>
    public static Mlp Load(Func<string, long[], Tensor> load, long width, long mlpWidth, Activation activation, bool gated = false) =>
        new(load, width, mlpWidth, activation, gated);

    public Tensor FcWeight { get; }
    public Tensor FcBias { get; }

    /// <summary>The output matrix [d', N].</summary>
    public Tensor ProjWeight { get; }
    public Tensor ProjBias { get; }

    /// <summary>The neurons of normed values [.., d']: [.., N].</summary>
    public Tensor Neurons(Tensor normed)
    {
        var raw = TransformerBlock.Linear(normed, FcWeight, FcBias);
        if (gateWeight is not null) return nn.functional.silu(TransformerBlock.Linear(normed, gateWeight, gateBias!)).mul_(raw);
        return activation switch
        {
            // A gradient needs what the sigmoid was.
            Activation.QuickGelu when is_grad_enabled() => raw.mul(1.702).sigmoid_().mul(raw),
            Activation.QuickGelu => raw.mul(1.702).sigmoid_().mul_(raw),
            Activation.GeluTanh => TanhGelu(raw),
            _ => nn.functional.gelu(raw),
        };
    }

    /// <summary>Through the output matrix: [.., d'].</summary>
    public Tensor Write(Tensor neurons) => TransformerBlock.Linear(neurons, ProjWeight, ProjBias);

    public void Dispose()
    {
        foreach (var tensor in new[] { FcWeight, FcBias, ProjWeight, ProjBias, gateWeight, gateBias }) tensor?.Dispose();
    }

    private static Tensor TanhGelu(Tensor raw)
    {
        var inner = raw.square().mul_(0.044715).add_(1).mul_(raw).mul_(Math.Sqrt(2 / Math.PI));
        return inner.tanh_().add_(1).mul_(raw).mul_(0.5);
    }
}
