using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

/// <summary>The factored form against the definition (paper, Section 3.2 and Appendix A.6), written out for every token and head in double
/// precision.</summary>
public sealed class SecondOrderTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly List<ClipModel> models = [];

    public static TheoryData<Activation, bool, int> Towers { get; } = new()
    {
        { Activation.Gelu, true, 0 }, { Activation.Gelu, true, 1 }, { Activation.Gelu, true, 2 },
        { Activation.QuickGelu, true, 0 }, { Activation.Gelu, false, 1 }, { Activation.QuickGelu, false, 2 },
    };

    [Theory, MemberData(nameof(Towers))]
    public void Effects_and_their_bias_share_equal_the_definition(Activation activation, bool preNorm, int layer)
    {
        using var scope = NewDisposeScope();
        var (lens, pixels) = Open(activation, preNorm);
        var plain = new PlainTower(lens.Model.Image);
        var trace = lens.Trace(pixels, lens.SecondOrderRequest(layer));
        var (coefficients, bias) = lens.Factors(trace, layer);
        var effects = lens.SecondOrder(trace, layer);
        var directions = lens.Directions(layer);
        for (int image = 0; image < 2; image++)
        {
            var (signal, shares) = plain.SecondOrder(pixels[image], layer);
            Near(signal.sum([0, 1]) + shares, effects[image]);
            // No neuron has another bias share than its neighbour.
            Near(shares, bias[image].expand(TinyModel.Neurons, -1));
            Near(signal.sum([0, 1]), coefficients[image].unsqueeze(1).bmm(directions).squeeze(1));
            Near(plain.Forward(pixels[image]).Output, trace.Representation[image]);
        }
    }

    [Fact]
    public void Coefficients_and_directions_of_a_path_equal_the_definition_of_that_head()
    {
        using var scope = NewDisposeScope();
        var (lens, pixels) = Open(Activation.Gelu, preNorm: true);
        var trace = lens.Trace(pixels, lens.SecondOrderRequest(1));
        Assert.Equal(4, lens.PathCount(1));
        var (signal, _) = new PlainTower(lens.Model.Image).SecondOrder(pixels[1], 1);
        var paths = lens.Factors(trace, 1).Coefficients[1].unsqueeze(2) * lens.Directions(1);
        Near(signal.sum([1]), paths.transpose(0, 1));
    }

    [Theory, MemberData(nameof(Towers))]
    public void Flow_equals_the_definition_and_adds_up_to_the_effects(Activation activation, bool preNorm, int layer)
    {
        using var scope = NewDisposeScope();
        var (lens, pixels) = Open(activation, preNorm);
        var directions = nn.functional.normalize(randn([3, lens.Model.Config.EmbedDim], generator: new Generator(8, CPU)), 2, 1);
        int[] some = [3, 50, 127];
        var trace = lens.Trace(pixels, lens.SecondOrderRequest(layer));
        var (signal, _) = new PlainTower(lens.Model.Image).SecondOrder(pixels[1], layer);

        // [K, T, N, C]: what a neuron adds along a direction from a token through a head.
        var along = signal.matmul(directions.t().to(ScalarType.Float64));
        Near(along.sum([0, 2]).t(), lens.Flow(trace, layer, directions)[1]);
        var chosen = along.index_select(2, tensor(some.Select(neuron => (long)neuron).ToArray()));
        Near(chosen.sum([0, 2]).t(), lens.Flow(trace, layer, directions, some)[1]);
        Near(along.sum([2]).transpose(1, 2), lens.FlowByHead(trace, layer, directions)[1].flatten(0, 1));
        Near(chosen.sum([2]).transpose(1, 2), lens.FlowByHead(trace, layer, directions, some)[1].flatten(0, 1));
        var region = rand([17], generator: new Generator(9, CPU));
        Near((along.select(3, 2).sum([0]) * region.unsqueeze(1)).sum([0]), lens.FlowByNeuron(trace, layer, directions[2], region)[1]);

        // Over all tokens: the inner product with the effects, less the bias shares.
        var effects = lens.SecondOrder(trace, layer) - lens.Factors(trace, layer).Bias.unsqueeze(1);
        var products = effects.matmul(directions.t());
        Near(products.sum(1), lens.Flow(trace, layer, directions).sum(2));
        Near(products.select(2, 0), lens.FlowByNeuron(trace, layer, directions[0]));
    }

    [Theory, InlineData(Activation.Gelu, 0), InlineData(Activation.Gelu, 1), InlineData(Activation.QuickGelu, 0)]
    public void Effects_of_the_text_tower_equal_the_definition(Activation activation, int layer)
    {
        using var scope = NewDisposeScope();
        var model = Open(activation, preNorm: true).Lens.Model;
        // Of different lengths: shorter texts end before the batch does.
        string[] texts = ["red", "a red sky near the blue sea", "blue sea"];
        var lens = new TextLens(model);
        var plain = new PlainTower(model.Text);
        var tokens = model.Tokenizer.Encode(texts);
        var trace = lens.Trace(texts, layer);
        var (coefficients, bias) = lens.Factors(trace, layer);
        var effects = lens.SecondOrder(trace, layer);
        var directions = lens.Directions(layer);
        for (int text = 0; text < texts.Length; text++)
        {
            var (signal, shares) = plain.SecondOrder(tokens[text], layer);
            Near(signal.sum([0, 1]) + shares, effects[text]);
            Near(shares, bias[text].expand(shares.shape[0], -1));
            Near(signal.sum([0, 1]), coefficients[text].unsqueeze(1).bmm(directions).squeeze(1));
            Near(plain.Forward(tokens[text]).Output, trace.Representation[text]);
        }
        Near(model.EmbedTexts(texts, cancellation: TestContext.Current.CancellationToken), trace.Representation);
    }

    [Fact]
    public void The_text_tower_refuses_layers_that_write_to_nothing()
    {
        var lens = new TextLens(Open(Activation.Gelu, preNorm: true).Lens.Model);
        Assert.Equal("Layer 2 of the text tower has no second-order effects; the layers that have are numbered from 0 to 1.",
            Assert.Throws<ClipLensException>(() => lens.Trace(["red"], 2)).Message);
    }

    [Fact]
    public void Effects_of_some_neurons_are_those_of_all_at_their_places()
    {
        using var scope = NewDisposeScope();
        var (lens, pixels) = Open(Activation.Gelu, preNorm: true);
        var trace = lens.Trace(pixels, lens.SecondOrderRequest(0, 2));
        var places = tensor(new long[] { 100, 7 });
        foreach (int layer in new[] { 0, 2 })
        {
            Near(lens.SecondOrder(trace, layer).index_select(1, places), lens.SecondOrder(trace, layer, [100, 7]));
            Near(lens.Directions(layer).index_select(0, places), lens.Directions(layer, [100, 7]));
        }
    }

    public void Dispose()
    {
        foreach (var model in models) model.Dispose();
        folder.Dispose();
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-5);

    private (NeuronLens Lens, Tensor Pixels) Open(Activation activation, bool preNorm)
    {
        var model = ClipModel.Load(TinyModel.Write(Path.Combine(folder.Path, $"{activation}-{preNorm}"), 1, activation, preNorm,
            textBlocks: 3));
        models.Add(model);
        Assert.Equal((activation, preNorm), (model.Config.Vision.Activation, model.Config.Vision.HasPreNorm));
        return (new NeuronLens(model), randn([2, 3, TinyModel.ImageSize, TinyModel.ImageSize], generator: new Generator(4, CPU)));
    }
}
