using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>What the effects of one block on a batch of B images are made of.</summary>
/// <param name="Amounts">How much of its column each neuron writes: [B, T, N].</param>
/// <param name="Weights">What the paths take of a token, in the effects' unit: [B, K, T].</param>
/// <param name="Bias">What every neuron has alike: [B, d].</param>
internal sealed record BatchPaths(Tensor Amounts, Tensor Weights, Tensor Bias)
{
    /// <summary>Coefficients of some neurons: [B, count, K].</summary>
    public Tensor Coefficients(int first, int count) =>
        Amounts.narrow(2, first, count).transpose(1, 2).bmm(Weights.transpose(1, 2));

    /// <summary>Coefficients of all neurons [B, N, K], found so many at once, on which their bits may depend.</summary>
    public Tensor AllCoefficients(int atOnce)
    {
        int neurons = (int)Amounts.shape[2];
        using var scope = NewDisposeScope();
        return cat([.. Enumerable.Range(0, (neurons + atOnce - 1) / atOnce)
            .Select(chunk => Coefficients(chunk * atOnce, Math.Min(atOnce, neurons - chunk * atOnce)))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Coefficients of some neurons, ascending, to the same bits as among all: [B, neurons, K].</summary>
    public Tensor Coefficients(IReadOnlyList<int> neurons, int atOnce)
    {
        int all = (int)Amounts.shape[2];
        using var scope = NewDisposeScope();
        return cat([.. neurons.GroupBy(neuron => neuron / atOnce).Select(chunk =>
        {
            int first = chunk.Key * atOnce;
            var own = tensor(chunk.Select(neuron => (long)neuron - first).ToArray(), device: Amounts.device);
            return Coefficients(first, Math.Min(atOnce, all - first)).index_select(1, own);
        })], 1).MoveToOuterDisposeScope();
    }
}
