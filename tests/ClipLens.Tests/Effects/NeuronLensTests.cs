using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Effects;

/// <summary>The lens as a user of the library calls it: what is public and nothing else.</summary>
public sealed class NeuronLensTests : IDisposable
{
    private static readonly int[] Some = [5, 80];
    private readonly ScratchFolder folder = new();
    private readonly ClipModel model;
    private readonly ImageBatchReader images;
    private readonly NeuronLens lens;

    public NeuronLensTests()
    {
        model = ClipModel.Load(TinyModel.Write(Path.Combine(folder.Path, "model")));
        images = new ImageBatchReader(model.Preprocessor,
            ImageList.Find(TinyModel.WritePictures(Path.Combine(folder.Path, "images"), 6)));
        lens = new NeuronLens(model);
    }

    private Tensor Pixels => images.Read(0, 3).Pixels;

    [Fact]
    public void One_forward_pass_gives_every_kind_of_effect()
    {
        using var scope = NewDisposeScope();
        var cancel = TestContext.Current.CancellationToken;
        using var means = lens.MeanActivations(images, 1, batch: 4, options: new() { Cancellation = cancel });
        Assert.Equal(6, means.Images);
        var request = TraceRequest.Union(lens.SecondOrderRequest(1), NeuronLens.FirstOrderRequest, NeuronLens.IndirectRequest(1));
        var trace = lens.Trace(Pixels, request);
        Assert.Equal([3L, 128, 24], lens.SecondOrder(trace, 1).shape);
        Assert.Equal([3L, 2, 24], lens.SecondOrder(trace, 1, Some).shape);
        Assert.Equal([3L, 128, 4], lens.Factors(trace, 1).Coefficients.shape);
        Assert.Equal([128L, 4, 24], lens.Directions(1).shape);
        Assert.Equal([3L, 2, 24], lens.Indirect(trace, 1, Some, means.Tokens, cancel).shape);

        // All first-order parts are the output; all neurons are the MLP.
        var parts = lens.FirstOrder(trace);
        var output = parts.Embedding + parts.Heads.sum([1, 2]) + parts.Mlps.sum(1);
        Near(NeuronLens.Unit * nn.functional.normalize(model.Image.Encode(Pixels), 2, 1), output);
        Near(parts.Mlps.select(1, 1), lens.FirstOrder(trace, 1).sum(1));
        Near(lens.FirstOrder(trace, 1).select(1, 80), lens.FirstOrder(trace, 1, Some).select(1, 1));
    }

    [Fact]
    public void Replacing_one_neuron_by_its_mean_is_its_indirect_effect_and_replacing_all_by_themselves_is_nothing()
    {
        using var scope = NewDisposeScope();
        var cancel = TestContext.Current.CancellationToken;
        using var means = lens.MeanActivations(images, 2, options: new() { Cancellation = cancel });
        var trace = lens.Trace(Pixels, NeuronLens.IndirectRequest(2));
        var without = lens.MeanAblated(trace, 2, means.Tokens, [80]);
        var change = NeuronLens.Unit * (nn.functional.normalize(without, 2, 1) - nn.functional.normalize(trace.Representation, 2, 1));
        var indirect = lens.Indirect(trace, 2, Some, means.Tokens, cancel).select(1, 1);
        Assert.InRange(Golden.RelativeError(indirect, change), 0, 1e-4);
        Near(lens.MeanAblated(trace, 2, means.Tokens, [.. Enumerable.Range(0, 128)]), lens.MeanAblated(trace, 2, means.Tokens));

        var own = lens.Trace(Pixels[..1], NeuronLens.IndirectRequest(2));
        Near(own.Representation, lens.MeanAblated(own, 2, own.MlpPost[2][0]));
    }

    [Fact]
    public void Mean_activations_are_the_means_of_traces()
    {
        using var scope = NewDisposeScope();
        using var means = lens.MeanActivations(images, 3, batch: 4,
            options: new() { Workers = 1, Cancellation = TestContext.Current.CancellationToken });
        var trace = lens.Trace(images.Read(0, 6).Pixels, TraceRequest.Union(new TraceRequest { MlpPost = [3] },
            NeuronLens.FirstOrderRequest));
        Near(trace.MlpPost[3].mean([0]), means.Tokens);
        Near(lens.FirstOrder(trace, 3).sum(1).mean([0]), means.FirstOrder);
    }

    [Fact]
    public void Flow_along_a_text_is_split_by_token_head_and_neuron()
    {
        using var scope = NewDisposeScope();
        var text = nn.functional.normalize(model.EmbedTexts(["red circle", "blue"], cancellation: TestContext.Current.CancellationToken),
            2, 1);
        var trace = lens.Trace(Pixels, lens.SecondOrderRequest(0));
        var flow = lens.Flow(trace, 0, text);
        Assert.Equal([3L, 2, 17], flow.shape);
        Assert.Equal([3L, 3, 2, 2, 17], lens.FlowByHead(trace, 0, text).shape);
        Near(flow, lens.FlowByHead(trace, 0, text).sum([1, 2]));
        Near(flow.select(1, 1).sum(1), lens.FlowByNeuron(trace, 0, text[1]).sum(1));
        int[] rest = [.. Enumerable.Range(0, 128).Except(Some)];
        Near(flow, lens.Flow(trace, 0, text, Some) + lens.Flow(trace, 0, text, rest));
    }

    [Fact]
    public void Lenses_of_a_model_give_the_same_to_the_bit_and_tensors_live_in_the_callers_scope()
    {
        using var scope = NewDisposeScope();
        Tensor own, other, trace;
        using (var inner = NewDisposeScope())
        {
            var kept = new NeuronLens(model).Trace(Pixels, lens.SecondOrderRequest(2));
            (own, other) = (lens.SecondOrder(kept, 2), new NeuronLens(model).SecondOrder(kept, 2));
            Assert.True(own.equal(other).all().item<bool>());
            trace = kept.MlpPost[2];
        }
        Assert.All([own, other, trace], tensor => Assert.True(tensor.IsInvalid));
        // What the lens itself holds is still there.
        Assert.Equal([128L, 2, 24], lens.Directions(2).shape);
    }

    [Fact]
    public void A_lens_opened_in_inference_mode_and_on_another_thread_works_later()
    {
        using var scope = NewDisposeScope();
        using var fresh = ClipModel.Load(Path.Combine(folder.Path, "model"));
        NeuronLens? opened = null;
        var thread = new Thread(() =>
        {
            using var mode = inference_mode();
            using var inner = NewDisposeScope();
            opened = new NeuronLens(fresh);
        });
        thread.Start();
        thread.Join();
        var trace = opened!.Trace(Pixels, opened.SecondOrderRequest(1));
        Near(lens.SecondOrder(trace, 1), opened.SecondOrder(trace, 1));
        // Nor is the model tied to the mode in which its weights were read: gradients go through it.
        var pixels = Pixels.clone().requires_grad_(true);
        fresh.Image.Encode(pixels).sum().backward();
        Assert.True(pixels.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void What_a_trace_was_not_asked_for_says_what_to_ask_for()
    {
        using var scope = NewDisposeScope();
        var trace = lens.Trace(Pixels, new TraceRequest { MlpPost = [2] });
        Assert.Equal("The trace has no Attention of layer 3; ask for it with TraceRequest.Attention.",
            Message(() => lens.SecondOrder(trace, 2)));
        Assert.Equal("The trace has no MlpPost of layer 1; ask for it with TraceRequest.MlpPost.", Message(() => trace.MlpPost[1]));
        Assert.Equal("The trace has no ClassEmbedding; ask for it with TraceRequest.ClassParts.", Message(() => lens.FirstOrder(trace)));
        Assert.Equal("The trace has no ClassZ of layer 0; ask for it with TraceRequest.ClassParts.", Message(() => trace.ClassZ[0]));
        Assert.Equal("The trace has no ResidMid of layer 2; ask for it with TraceRequest.ResidMid.",
            Message(() => lens.MeanAblated(trace, 2, zeros(17, 128))));

        static string Message(Func<object> read) => Assert.Throws<InvalidOperationException>(read).Message;
    }

    [Fact]
    public void Layers_and_neurons_that_are_not_there_are_refused()
    {
        using var scope = NewDisposeScope();
        var trace = lens.Trace(Pixels, lens.SecondOrderRequest(2));
        Assert.Equal("The last layer, 3, has no second-order effects; choose an earlier one.",
            Message(() => lens.SecondOrderRequest(1, 3)));
        Assert.Equal("The last layer, 3, has no second-order effects; choose an earlier one.",
            Message(() => lens.Flow(trace, 3, ones(1, 24))));
        Assert.Equal("The model has no layer 4; its layers are numbered from 0 to 3.",
            Message(() => lens.Trace(Pixels, new TraceRequest { Pattern = [4] })));
        Assert.Equal("The model has no layer -1; its layers are numbered from 0 to 3.", Message(() => lens.PathCount(-1)));
        Assert.Equal("The layers have no neuron 128; their neurons are numbered from 0 to 127.",
            Message(() => lens.SecondOrder(trace, 2, [1, 128])));
        Assert.Equal("No neurons were chosen; name at least one of the layer.", Message(() => lens.Directions(2, [])));
        Assert.Equal("Mean activations are [tokens, 128], not [17, 127]. (Parameter 'mean')",
            Assert.Throws<ArgumentException>(() => lens.PrepareIndirect(2, Some, zeros(17, 127))).Message);

        static string Message(Func<object> call) => Assert.Throws<ClipLensException>(call).Message;
    }

    public void Dispose()
    {
        images.Dispose();
        model.Dispose();
        folder.Dispose();
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-5);
}
