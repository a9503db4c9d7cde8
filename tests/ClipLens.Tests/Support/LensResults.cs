using ClipLens.Effects;
using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Tests.Support;

/// <summary>Everything that towers and lens compute of some inputs, to be compared between devices.</summary>
internal static class LensResults
{
    /// <summary>What the towers and the lens compute, all of it.</summary>
    public static List<Tensor> All(ClipModel model, Tensor pixels, Tensor tokens, Tensor finer, Tensor directions, Tensor mean)
    {
        var (lens, vision) = (new NeuronLens(model), model.Config.Vision);
        int[] layers = [.. Enumerable.Range(0, vision.WritingLayers)], all = [.. Enumerable.Range(0, vision.Layers)];
        int layer = layers[^1];
        var request = TraceRequest.Union([lens.SecondOrderRequest(layers), NeuronLens.FirstOrderRequest, NeuronLens.IndirectRequest(layer),
            new() { ResidPre = [.. all], ResidPost = [.. all], MlpOut = [.. all], Pattern = [.. all], MeanPattern = [.. all],
            Z = [.. all] }]);
        var trace = lens.Trace(pixels, request);
        var first = lens.FirstOrder(trace);
        var (coefficients, bias) = lens.Factors(trace, layer);
        return
        [
            model.Image.Encode(pixels), model.Text.Encode(tokens), lens.Trace(finer, new()).Representation,
            trace.Representation, trace.LnFinalMean, trace.LnFinalScale,
            .. trace.ResidPre.Values, .. trace.ResidPost.Values, .. trace.MlpOut.Values, .. trace.Pattern.Values,
            .. trace.MeanPattern.Values,
            .. trace.Z.Values, .. trace.MlpPost.Values, .. trace.Attention.Values.SelectMany(own =>
            new[] { own.Pattern, own.Ln1Mean, own.Ln1Scale }),
            coefficients, bias, lens.SecondOrder(trace, layer), lens.SecondOrder(trace, layer, [3, 1]),
            lens.Directions(layer), lens.Directions(layer, [2]),
            first.Embedding, first.Heads, first.Mlps, first.Remainder, lens.FirstOrder(trace, layer, [1, 2]),
            lens.Flow(trace, layer, directions), lens.FlowByHead(trace, layer, directions), lens.FlowByNeuron(trace, layer, directions[0]),
            lens.Indirect(trace, layer, [5, 11], mean), lens.MeanAblated(trace, layer, mean, [5]),
        ];
    }

    /// <summary>A tensor's values in float32.</summary>
    public static float[] Values(Tensor tensor) => tensor.numel() == 0 ? []
        : tensor.to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
