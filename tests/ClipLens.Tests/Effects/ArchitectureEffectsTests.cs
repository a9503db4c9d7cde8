using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Checkpoints;
using ClipLens.Tests.Support;
using static TorchSharp.torch;
namespace ClipLens.Tests.Effects;

/// <summary>The lens on the architectures in use, against the definition carried out plainly on the reference code's activations.</summary>
public class ArchitectureEffectsTests
{
    public static TheoryData<string> Names => GoldenArchitecture.Names;

    [SharedTheory, MemberData(nameof(Names))]
    public void Second_order_effects_equal_the_definition_and_all_parts_add_up_to_the_output(string name)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        using var checkpoint = Checkpoint.Open(golden.Folder);
        var (lens, vision) = (new NeuronLens(model), model.Config.Vision);
        int[] layers = [.. Enumerable.Range(0, vision.WritingLayers)];
        var trace = lens.Trace(golden["pixel_values"], TraceRequest.Union([lens.SecondOrderRequest(layers), NeuronLens.FirstOrderRequest]));
        var first = lens.FirstOrder(trace);
        for (int image = 0; image < 2; image++)
        {
            var plain = new PlainRoutes(checkpoint, golden, image);
            var sum = (first.Embedding + first.Mlps.sum(1) + first.Remainder)[image].to(ScalarType.Float64);
            foreach (int reader in plain.Readers)
            {
                double parts = 1 + 2 * reader;
                sum = sum + plain.Through(reader, plain.Embedding, parts)[0];
                for (int layer = 0; layer < reader; layer++) sum = sum + plain.Through(reader, plain.AttentionOutput(layer), parts)[0];
            }
            foreach (int layer in layers)
            {
                var written = plain.Written(layer);
                var expected = plain.Readers.Where(reader => reader > layer).Select(reader =>
                    plain.Through(reader, written, (1.0 + 2 * reader) * vision.MlpWidth)).Aggregate((a, b) => a + b);
                var effects = lens.SecondOrder(trace, layer)[image];
                Near(expected, effects);
                sum = sum + effects.sum([0]);
            }
            Near(nn.functional.normalize(golden["image.embedding"][image], 2, 0) * 100, sum);
        }
    }

    [SharedTheory, MemberData(nameof(Names))]
    public void Every_way_of_reading_the_effects_agrees(string name)
    {
        using var _ = inference_mode();
        using var scope = NewDisposeScope();
        using var golden = new GoldenArchitecture(name);
        using var model = ClipModel.Load(golden.Folder);
        var (lens, vision) = (new NeuronLens(model), model.Config.Vision);
        int layer = vision.WritingLayers - 1;
        var request = TraceRequest.Union([lens.SecondOrderRequest(layer), NeuronLens.FirstOrderRequest, NeuronLens.IndirectRequest(layer)]);
        var trace = lens.Trace(golden["pixel_values"], request);
        var effects = lens.SecondOrder(trace, layer);
        var factors = lens.Factors(trace, layer);
        Assert.Equal(vision.Pool?.Heads ?? vision.Heads, lens.PathCount(layer));
        Near(effects, factors.Coefficients.transpose(0, 1).bmm(lens.Directions(layer)).transpose(0, 1) + factors.Bias.unsqueeze(1));
        Near(effects.index_select(1, tensor(new long[] { 7, 3 })), lens.SecondOrder(trace, layer, [7, 3]));

        var directions = nn.functional.normalize(randn([3, model.Config.EmbedDim], generator: new Generator(8, CPU)), 2, 1);
        var along = (effects - factors.Bias.unsqueeze(1)).matmul(directions.t());
        Near(along.sum(1), lens.Flow(trace, layer, directions).sum(2));
        Near(along.sum(1), lens.FlowByHead(trace, layer, directions).sum([1, 2, 4]));
        Near(along.select(2, 1), lens.FlowByNeuron(trace, layer, directions[1]));

        // First-order parts are the whole output; neurons have none where an attention pools the tokens.
        var first = lens.FirstOrder(trace);
        Near(nn.functional.normalize(trace.Representation, 2, 1) * 100,
            first.Embedding + first.Heads.sum([1, 2]) + first.Mlps.sum(1) + first.Remainder);
        var neurons = lens.FirstOrder(trace, layer, null);
        if (vision.Pool is null) Near(first.Mlps.select(1, layer), neurons.sum(1));
        else Assert.Equal(0, neurons.abs().max().item<float>());

        // Two neurons replaced by something far from what they are, one at a time, in a pass of their own.
        var mean = trace.MlpPost[layer].mean([0]) + 3;
        var indirect = lens.Indirect(trace, layer, [5, 11], mean);
        for (int i = 0; i < 2; i++)
        {
            var alone = lens.MeanAblated(trace, layer, mean, [i == 0 ? 5 : 11]);
            Near((nn.functional.normalize(alone, 2, 1) - nn.functional.normalize(trace.Representation, 2, 1)) * 100, indirect.select(1, i));
        }
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-4);
}
