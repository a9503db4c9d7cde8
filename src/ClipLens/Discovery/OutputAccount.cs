using ClipLens.Compute;
using ClipLens.Drawing;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Discovery;

/// <summary>What a neuron adds along a direction, and on which ways.</summary>
/// <param name="Neuron">The neuron.</param>
/// <param name="Share">What it adds in all: the sum over the heads, and that over the patches and the class token.</param>
/// <param name="Heads">By the later heads through which it goes: [L - 1 - layer][H].</param>
/// <param name="Patches">By the patch where it comes from.</param>
/// <param name="ClassToken">What comes from the class token itself.</param>
public sealed record AccountedNeuron(NeuronId Neuron, double Share, IReadOnlyList<IReadOnlyList<double>> Heads, HeatMap Patches,
    double ClassToken);

/// <summary>
/// An exact account of what the output of an image is along a direction, such as a class's text: <c>Total = Embedding + sum of Mlps + sum
/// of Heads</c> (first-order effects, paper, Section 3.1), and what the heads carry is <c>sum of Neurons + OtherNeurons + Biases +
/// Rest</c> (second-order effects, Section 3.2, their bias shares, and what the heads carry that no neuron wrote: embeddings and what
/// earlier heads wrote). In percent of the length of the representation: along a unit text embedding the total is the logit.
/// </summary>
public sealed record OutputAccount
{
    /// <summary>The inner product of the output, at a length of 100, and the direction.</summary>
    public required double Total { get; init; }

    /// <summary>What the class token's embedding adds directly.</summary>
    public required double Embedding { get; init; }

    /// <summary>What every layer's MLP adds directly at the class token: [L].</summary>
    public required IReadOnlyList<double> Mlps { get; init; }

    /// <summary>What every head adds directly: [L][H].</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Heads { get; init; }

    /// <summary>Of what every head adds, what it carries of neurons, bias shares not counted: [L][H].</summary>
    public required IReadOnlyList<IReadOnlyList<double>> HeadsOfNeurons { get; init; }

    /// <summary>The neurons with the largest shares by size, the largest first.</summary>
    public required IReadOnlyList<AccountedNeuron> Neurons { get; init; }

    /// <summary>What all other neurons of all layers but the last add through heads.</summary>
    public required double OtherNeurons { get; init; }

    /// <summary>The neurons' shares of biases and means.</summary>
    public required double Biases { get; init; }

    /// <summary>What heads carry that no neuron wrote.</summary>
    public required double Rest { get; init; }

    /// <summary>The request that <see cref="Explain"/> needs.</summary>
    public static TraceRequest Request(NeuronLens lens)
    {
        ArgumentNullException.ThrowIfNull(lens);
        return TraceRequest.Union(NeuronLens.FirstOrderRequest, lens.SecondOrderRequest(Writing(lens)));
    }

    /// <summary>Accounts for an image's output.</summary>
    /// <param name="lens">The lens.</param>
    /// <param name="trace">The forward pass of one image that kept what <see cref="Request"/> asks for.</param>
    /// <param name="direction">The direction: [d].</param>
    /// <param name="neurons">Neurons that are accounted for one by one.</param>
    public static OutputAccount Explain(NeuronLens lens, ForwardTrace trace, Tensor direction, int neurons)
    {
        ArgumentNullException.ThrowIfNull(lens);
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(direction);
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        direction = direction.With(trace.Representation);
        var first = lens.FirstOrder(trace);
        int[] layers = Writing(lens);
        double[][] flows = [.. layers.Select(layer => Doubles(lens.FlowByNeuron(trace, layer, direction)))];
        double biases = layers.Sum(layer => Doubles(lens.Factors(trace, layer).Bias.matmul(direction))[0] * flows[0].Length);
        var largest = layers.SelectMany((layer, i) => flows[i].Select((flow, n) => (Id: new NeuronId(layer, n), Flow: flow)))
            .OrderByDescending(own => Math.Abs(own.Flow)).Take(neurons).ToList();
        var heads = Rows(first.Heads.matmul(direction)[0]);
        return new()
        {
            Total = Doubles(nn.functional.normalize(trace.Representation, 2, 1).matmul(direction))[0] * NeuronLens.Unit,
            Embedding = Doubles(first.Embedding.matmul(direction))[0],
            Mlps = Doubles(first.Mlps.matmul(direction)),
            Heads = heads,
            HeadsOfNeurons = ByHead(lens, trace, layers, direction),
            Neurons = [.. largest.Select(own => Neuron(lens, trace, own.Id, own.Flow, direction))],
            OtherNeurons = flows.Sum(own => own.Sum()) - largest.Sum(own => own.Flow),
            Biases = biases,
            Rest = heads.Sum(own => own.Sum()) - flows.Sum(own => own.Sum()) - biases,
        };
    }

    private static int[] Writing(NeuronLens lens) => [.. Enumerable.Range(0, lens.Model.Config.Vision.Layers - 1)];

    private static AccountedNeuron Neuron(NeuronLens lens, ForwardTrace trace, NeuronId id, double share, Tensor direction)
    {
        using var scope = NewDisposeScope();
        var flow = lens.FlowByHead(trace, id.Layer, direction.unsqueeze(0), [id.Index])[0].select(2, 0);
        float[] tokens = [.. Doubles(flow.sum([0, 1])).Select(value => (float)value)];
        int grid = lens.Model.Config.Vision.Grid;
        return new(id, share, Rows(flow.sum([2])), new HeatMap(tokens[^(grid * grid)..], grid, grid), tokens[..^(grid * grid)].Sum());
    }

    private static double[][] ByHead(NeuronLens lens, ForwardTrace trace, int[] layers, Tensor direction)
    {
        using var scope = NewDisposeScope();
        var vision = lens.Model.Config.Vision;
        var sums = zeros(vision.Layers, vision.Heads, device: direction.device);
        foreach (int layer in layers)
            sums.narrow(0, layer + 1, vision.Layers - 1 - layer)
                .add_(lens.FlowByHead(trace, layer, direction.unsqueeze(0))[0].select(2, 0).sum([2]));
        return Rows(sums);
    }

    private static double[][] Rows(Tensor matrix) => [.. Doubles(matrix).Chunk((int)matrix.shape[1])];

    private static double[] Doubles(Tensor values)
    {
        using var wide = values.ToHost().to(ScalarType.Float64).contiguous();
        return wide.data<double>().ToArray();
    }
}
