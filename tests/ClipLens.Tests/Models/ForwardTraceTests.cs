using System.Reflection;
using ClipLens.Models;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Models;

public sealed class ForwardTraceTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly ClipModel model;
    private readonly Tensor pixels = randn([2, 3, TinyModel.ImageSize, TinyModel.ImageSize], generator: new Generator(5, CPU));

    public ForwardTraceTests() => model = ClipModel.Load(TinyModel.Write(folder.Path));

    private ImageTower Tower => model.Image;

    private static TraceRequest Everything
    {
        get
        {
            var all = TraceRequest.LayersFrom(0, TinyModel.Blocks);
            return new()
            {
                ResidPre = all,
                ResidMid = all,
                ResidPost = all,
                MlpPost = all,
                MlpOut = all,
                Attention = all,
                Z = all,
                Pattern = all,
                MeanPattern = all,
                ClassParts = true,
            };
        }
    }

    [Fact]
    public void Streams_of_all_layers_fit_together_and_end_at_the_output()
    {
        using var scope = NewDisposeScope();
        var trace = Tower.Trace(pixels, Everything);
        Near(trace.ClassEmbedding, trace.ResidPre[0].select(1, 0));
        for (int layer = 0; layer < TinyModel.Blocks; layer++)
        {
            Near(trace.ResidMid[layer] + trace.MlpOut[layer], trace.ResidPost[layer]);
            Near(trace.ClassZ[layer].flatten(1), trace.Z[layer].select(1, 0));
            Near(trace.ClassMlpPost[layer], trace.MlpPost[layer].select(1, 0));
            if (layer > 0) Near(trace.ResidPost[layer - 1], trace.ResidPre[layer]);
            Near(trace.ResidPre[layer].mean([2]), trace.Attention[layer].Ln1Mean);
            Near((trace.ResidPre[layer].var([2], unbiased: false) + 1e-5).sqrt(), trace.Attention[layer].Ln1Scale);
        }
        var last = trace.ResidPost[TinyModel.Blocks - 1].select(1, 0);
        Near(last.mean([1]), trace.LnFinalMean);
        Near((last.var([1], unbiased: false) + 1e-5).sqrt(), trace.LnFinalScale);
        Near(Tower.Encode(pixels), trace.Representation);
    }

    [Fact]
    public void Patterns_of_heads_are_rows_that_add_up_to_one_and_mix_the_values()
    {
        using var scope = NewDisposeScope();
        var trace = Tower.Trace(pixels, Everything);
        for (int layer = 0; layer < TinyModel.Blocks; layer++)
        {
            var pattern = trace.Pattern[layer];
            Assert.Equal([2L, 2, 17, 17], pattern.shape);
            Near(ones(2, 2, 17), pattern.sum([3]));
            Near(pattern.mean([1]), trace.MeanPattern[layer]);
            Near(trace.Attention[layer].Pattern, pattern.select(2, 0));
            var (_, _, value) = Tower.Blocks[layer].Project(Tower.Blocks[layer].Norm1(trace.ResidPre[layer]));
            Near(pattern.matmul(value).select(2, 0), trace.ClassZ[layer]);
        }
    }

    [Theory]
    [InlineData(nameof(TraceRequest.ResidPre))]
    [InlineData(nameof(TraceRequest.ResidMid))]
    [InlineData(nameof(TraceRequest.ResidPost))]
    [InlineData(nameof(TraceRequest.MlpPost))]
    [InlineData(nameof(TraceRequest.MlpOut))]
    [InlineData(nameof(TraceRequest.Attention))]
    [InlineData(nameof(TraceRequest.Pattern))]
    [InlineData(nameof(TraceRequest.MeanPattern))]
    public void Each_request_alone_keeps_its_own_for_all_tokens_of_the_last_layer_and_nothing_else(string name)
    {
        using var scope = NewDisposeScope();
        var request = new TraceRequest();
        typeof(TraceRequest).GetProperty(name)!.SetValue(request, TraceRequest.LayersFrom(3, 4));
        var trace = Tower.Trace(pixels, request);
        var whole = Tower.Trace(pixels, Everything);
        foreach (var property in typeof(ForwardTrace).GetProperties().Where(property =>
            property.PropertyType == typeof(TraceTable<Tensor>)))
        {
            var table = (TraceTable<Tensor>)property.GetValue(trace)!;
            if (property.Name != name) Assert.Empty(table);
            else Near(((TraceTable<Tensor>)property.GetValue(whole)!)[3], Assert.Single(table).Value);
        }
        Assert.Equal(name == nameof(TraceRequest.Attention) ? [3] : [], trace.Attention.Keys);
        Near(whole.Representation, trace.Representation);
    }

    [Fact]
    public void The_table_of_hook_points_names_all_that_a_trace_has_with_its_shape()
    {
        using var scope = NewDisposeScope();
        var properties = typeof(ForwardTrace).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name);
        Assert.Equal(properties.Order(), HookPoint.All.Select(point => point.Name.Split('.')[0]).Distinct().Order());
        var requests = typeof(TraceRequest).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name);
        Assert.Equal(requests.Order(), HookPoint.All.Select(point => point.Request).OfType<string>().Distinct().Order());

        var trace = Tower.Trace(pixels, Everything);
        var sizes = new Dictionary<string, long>
        {
            ["B"] = 2,
            ["T"] = 17,
            ["H"] = 2,
            ["N"] = TinyModel.Neurons,
            ["d'"] = 32,
            ["d"] = 24,
            ["d'/H"] = 16
        };
        foreach (var point in HookPoint.All)
            Assert.Equal(point.Shape.Trim('[', ']').Split(", ").Select(size => sizes[size]), Find(trace, point.Name).shape);
    }

    [Fact]
    public void A_union_asks_for_all_that_its_parts_ask_for()
    {
        using var scope = NewDisposeScope();
        var union = TraceRequest.Union(new TraceRequest { MlpPost = [1], Attention = [2] },
            new TraceRequest { MlpPost = [0], ResidPost = [3], ClassParts = true });
        Assert.Equal([0, 1], union.MlpPost.Order());
        Assert.Equal([2], union.Attention);
        Assert.Equal([3], union.ResidPost);
        Assert.True(union.ClassParts);
        Assert.Empty(union.Pattern);
        Assert.Empty(TraceRequest.Union().MlpPost);
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    private static Tensor Find(ForwardTrace trace, string name)
    {
        object place = trace;
        foreach (string part in name.Split('.'))
        {
            place = place.GetType().GetProperty(part)!.GetValue(place)!;
            if (place is TraceTable<Tensor> table) place = table[1];
            if (place is TraceTable<AttentionTrace> routes) place = routes[1];
        }
        return (Tensor)place;
    }

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 1e-5);
}
