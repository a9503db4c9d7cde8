using ClipLens.Compute;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Effects;

/// <summary>
/// Second-order effects of the neurons of a tower in factored form (paper, Section 3.2 and Appendix A.6): the effect of neuron n is
/// the sum over the heads of later blocks (or of the attention that pools the tokens) of a coefficient times a direction that is fixed for
/// the model, plus <see cref="BiasShare"/>.
/// </summary>
internal sealed class SecondOrder
{
    /// <summary>The released code's unit: effects are in percent of the length of the image's representation.</summary>
    public const double Unit = NeuronLens.Unit;

    private readonly ITower tower;
    private readonly Dictionary<int, BiasShare> biasShares;

    public SecondOrder(ITower tower, IReadOnlyCollection<int> layers)
    {
        this.tower = tower;
        Layers = [.. layers.Distinct().Order()];
        Paths = OutputPaths.For(tower);
        biasShares = Layers.ToDictionary(layer => layer, Paths.BiasShare);
        Request = new TraceRequest
        {
            MlpPost = [.. Layers],
            Attention = Layers.Count > 0 ? tower.ReadersFrom(Layers[0] + 1) : [],
        };
    }

    /// <summary>The blocks whose effects can be asked for.</summary>
    public IReadOnlyList<int> Layers { get; }

    public OutputPaths Paths { get; }

    /// <summary>What a forward pass must keep for the effects of all <see cref="Layers"/>.</summary>
    public TraceRequest Request { get; }

    /// <summary>Unit / ||M(I)||, which scales outputs to the effects' unit: [B].</summary>
    public static Tensor UnitScale(Tensor representation) => linalg.vector_norm(representation, 2, [-1]).reciprocal_().mul_(Unit);

    /// <summary>The factored effects of one block for a batch.</summary>
    public SecondOrderFactors Factors(ForwardTrace trace, int layer)
    {
        using var scope = NewDisposeScope();
        var batch = PathsOf(trace, layer);
        return new(batch.Coefficients(0, tower.Config.MlpWidth).MoveToOuterDisposeScope(), batch.Bias.MoveToOuterDisposeScope());
    }

    /// <summary>The same, the coefficients not yet multiplied out.</summary>
    public BatchPaths PathsOf(ForwardTrace trace, int layer)
    {
        using var scope = NewDisposeScope();
        var routes = Paths.Behind(layer).Select(reader => trace.Attention[reader]).ToList();
        var weights = cat([.. routes.Select(route => route.Weights())], 1);
        var means = cat([.. routes.Select(route => route.Ln1Mean.unsqueeze(1).expand_as(route.Pattern))], 1);
        var bias = biasShares[layer].Compute(trace, trace.MlpPost[layer], weights, means);
        var scale = UnitScale(trace.Representation).div_(trace.LnFinalScale);
        // What the block already has is not the caller's to dispose of.
        var neurons = trace.MlpPost[layer];
        var amounts = tower.Blocks[layer].Amounts(neurons);
        return new(ReferenceEquals(amounts, neurons) ? amounts : amounts.MoveToOuterDisposeScope(),
            weights.mul_(scale.view(-1, 1, 1)).MoveToOuterDisposeScope(), bias.MoveToOuterDisposeScope());
    }

    /// <summary>The effects themselves: [B, N, d]. They take N d numbers an image; prefer <see cref="Factors"/> over a dataset.</summary>
    public Tensor Effects(ForwardTrace trace, int layer)
    {
        using var scope = NewDisposeScope();
        var (coefficients, bias) = Factors(trace, layer);
        const int chunk = 512;
        var parts = new List<Tensor>();
        for (int first = 0; first < tower.Config.MlpWidth; first += chunk)
        {
            int count = Math.Min(chunk, tower.Config.MlpWidth - first);
            var own = coefficients.narrow(1, first, count).transpose(0, 1);
            parts.Add(own.bmm(Paths.Directions(layer, first, count)).transpose(0, 1));
        }
        return cat(parts, 1).add_(bias.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Those of some neurons: [B, n, d].</summary>
    public Tensor Effects(ForwardTrace trace, int layer, IReadOnlyList<int> neurons)
    {
        using var scope = NewDisposeScope();
        var (coefficients, bias) = Factors(trace, layer);
        var own = coefficients.index_select(1, TensorMoves.Indices(neurons, tower.Device)).transpose(0, 1);
        return own.bmm(Paths.Directions(layer, neurons)).transpose(0, 1).add_(bias.unsqueeze(1)).MoveToOuterDisposeScope();
    }
}
