using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Maps;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Segmentation;

public sealed class HeatSourceTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly ClipModel model;
    private readonly Tensor pixels, directions;

    public HeatSourceTests()
    {
        model = ClipModel.Load(TinyModel.Write(folder.Path));
        pixels = randn([2, 3, TinyModel.ImageSize, TinyModel.ImageSize], generator: new Generator(5, CPU));
        directions = nn.functional.normalize(randn([3, model.Config.EmbedDim], generator: new Generator(6, CPU)), 2, 1);
    }

    private ImageTower Tower => model.Image;

    [Fact]
    public void Neurons_share_a_map_exactly_and_over_all_tokens_give_their_second_order_effects()
    {
        using var _ = no_grad();
        var effects = new SecondOrder(Tower, [1]);
        var map = new SecondOrderMap(Tower, [1]);
        var readout = new DirectionReadout(Tower);
        var trace = Tower.Trace(pixels.narrow(0, 0, 1), TraceRequest.Union([effects.Request, map.Request]));
        var heat = map.Maps(trace, directions)[0];

        var (_, bias) = effects.Factors(trace, 1);
        var along = (effects.Effects(trace, 1) - bias.unsqueeze(1))[0].matmul(directions[2]);
        var shares = readout.FlowByNeuron(trace, 0, 1, directions[2], ones(17));
        Assert.InRange(Golden.RelativeError(shares, along), 0, 1e-5);

        var patch = zeros(17);
        patch[6] = 1;
        Assert.Equal(heat[2, 5].item<float>(), readout.FlowByNeuron(trace, 0, 1, directions[2], patch).sum().item<float>(), 1e-4);
    }

    [Fact]
    public void First_order_map_of_a_block_adds_up_to_what_its_heads_write()
    {
        using var _ = no_grad();
        var readout = new DirectionReadout(Tower);
        var map = new FirstOrderMap(Tower, [2], biases: true);
        var trace = Tower.Trace(pixels, TraceRequest.Union([map.Request, new TraceRequest { ClassParts = true }]));
        var content = trace.ResidPre[2] - trace.Attention[2].Ln1Mean.unsqueeze(2);
        var carried = readout.Carried(trace, 2, content, readout.Vectors(directions, 2)[0]) + readout.CarriedBiases(trace, 2, directions);

        var written = trace.ClassZ[2].flatten(1).matmul(Tower.Blocks[2].OutWeight.t());
        var expected = (written * Tower.PostGain).matmul(Tower.Projection).matmul(directions.t()) * DirectionReadout.Scale(trace)
            .view(-1, 1);
        Assert.InRange(Golden.RelativeError(carried.sum(2), expected), 0, 1e-5);
        Assert.InRange(Golden.RelativeError(map.Maps(trace, directions), carried.narrow(2, 1, 16)), 0, 1e-6);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Maps_of_towers_of_few_blocks_read_the_last_of_them(int blocks)
    {
        using var scratch = new ScratchFolder();
        using var small = ClipModel.Load(TinyModel.Write(scratch.Path, blocks: blocks));
        Same(new FirstOrderMap(small.Image), new FirstOrderMap(small.Image, [blocks - 1]));
        Same(new RawAttentionMap(small.Image), new RawAttentionMap(small.Image, [blocks - 1]));

        void Same(IHeatSource own, IHeatSource last)
        {
            var maps = own.Maps(small.Image.Trace(pixels, own.Request), directions);
            Assert.Equal([2, 3, 16], maps.shape);
            Assert.InRange(Golden.RelativeError(maps, last.Maps(small.Image.Trace(pixels, last.Request), directions)), 0, 1e-6);
        }
    }

    [Fact]
    public void Maps_of_no_blocks_or_of_blocks_that_are_not_there_are_refused()
    {
        const string none = "No layer was chosen for the heat map; choose at least one from 0 to 3.",
            absent = "The model has no layer 4; its layers are numbered from 0 to 3.";
        Assert.Equal(none, Assert.Throws<ClipLensException>(() => new FirstOrderMap(Tower, [])).Message);
        Assert.Equal(none, Assert.Throws<ClipLensException>(() => new RawAttentionMap(Tower, [])).Message);
        Assert.Equal(absent, Assert.Throws<ClipLensException>(() => new FirstOrderMap(Tower, [1, 4])).Message);
        Assert.Equal(absent, Assert.Throws<ClipLensException>(() => new RawAttentionMap(Tower, [4])).Message);
    }

    [Fact]
    public void Second_order_map_is_the_sum_over_writing_and_reading_blocks()
    {
        using var _ = no_grad();
        var readout = new DirectionReadout(Tower);
        var neurons = new SecondOrderMap(Tower, [0, 1, 2]);
        var all = TraceRequest.LayersFrom(0, 4);
        var trace = Tower.Trace(pixels, new TraceRequest { ResidPre = all, MlpOut = all, Attention = all });
        var vectors = readout.Vectors(directions, 1);
        Tensor sum = zeros(2, 3, 17);
        for (int reader = 1; reader < 4; reader++)
            for (int writer = 0; writer < reader; writer++)
                sum += readout.Carried(trace, reader, trace.MlpOut[writer] - Tower.Blocks[writer].ProjBias, vectors[reader - 1]);
        Assert.InRange(Golden.RelativeError(neurons.Maps(trace, directions), sum.narrow(2, 1, 16)), 0, 1e-5);
    }

    [Theory]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    public void GradCam_gradient_equals_differences(Activation activation)
    {
        using var _ = no_grad();
        var config = new ClipConfig(6, new VisionConfig(8, 4, 8, 2, 2, 12, activation), TinyClip.SmallConfig.Text, PreprocessConfig.OpenAi);
        using var scratch = new ScratchFolder();
        string json = TinyClip.SmallJson.Replace("\"embed_dim\": 6,", $"\"embed_dim\": 6, \"quick_gelu\": "
            + $"{(activation == Activation.QuickGelu ? "true" : "false")},");
        using var small = ClipModel.Load(new TinyClip(config).WriteNative(scratch, json));
        var tower = small.Image;
        Assert.Equal(activation, tower.Config.Activation);
        var source = new GradCamMap(tower);
        var trace = tower.Trace(randn([1, 3, 8, 8], generator: new Generator(2, CPU)), source.Request);
        var direction = nn.functional.normalize(randn([1, 6], generator: new Generator(3, CPU)), 2, 1);
        var gradient = source.AttentionGradients(trace, direction);

        // The same step in double precision would need another tower; differences in float32 hold to about a percent.
        const float step = 1e-2f;
        for (int token = 0; token < 5; token += 2)
        {
            double difference = (Cosine(step) - Cosine(-step)) / (2 * step);
            Assert.InRange(Math.Abs(gradient[0, 0, 1, token].item<float>() - difference), 0, 0.02 * gradient.abs().max()
                .item<float>() + 1e-4);

            double Cosine(float change)
            {
                var block = tower.Blocks[^1];
                var (query, key, value) = block.ProjectForClassToken(block.Norm1(trace.ResidPre[1]));
                var mixed = TransformerBlock.Attend(query, key, value);
                mixed.narrow(2, 4, 4).add_(value[0, 1, token] * change);
                var middle = block.Out(mixed) + trace.ResidPre[1].narrow(1, 0, 1);
                return nn.functional.cosine_similarity(tower.ReadOut(block.Write(block.Neurons(middle)) + middle), direction, 1)
                    .item<float>();
            }
        }
    }

    [Fact]
    public void Spreading_is_linear_and_its_way_back_is_its_transpose()
    {
        using var _ = no_grad();
        var source = new FirstOrderMap(Tower);
        var spread = new AttentionSpread(Tower, source, 2);
        var trace = Tower.Trace(pixels.narrow(0, 0, 1), spread.Request);
        var matrix = spread.Matrix(trace)[0];
        Assert.InRange((matrix.sum([1]) - 1).abs().max().item<float>(), 0, 1e-5);
        Assert.InRange((matrix.sum([0]) - 1).abs().max().item<float>(), 0, 0.05);

        var region = rand([16], generator: new Generator(8, CPU));
        var forwards = spread.Maps(trace, directions)[0].mv(region);
        var backwards = source.Maps(trace, directions)[0].mv(spread.Back(trace, region));
        Assert.InRange(Golden.RelativeError(backwards, forwards), 0, 1e-4);
    }

    [Fact]
    public void Refinement_moves_the_edge_of_the_heat_to_the_edge_of_the_colour()
    {
        // Red up to column 20, then blue; the heat falls off slowly around column 26.
        const int side = 48;
        var pixels = new byte[3 * side * side];
        var heat = new float[side * side];
        for (int i = 0; i < heat.Length; i++)
        {
            pixels[3 * i + (i % side < 20 ? 0 : 2)] = 200;
            heat[i] = 1 / (1 + MathF.Exp((i % side - 26) / 4f));
        }
        var edges = new ColourRefinement(new RgbImage(side, side, pixels));
        float[] refined = edges.Refine(heat, 10);
        Assert.True(heat[20 * side + 19] - heat[20 * side + 20] < 0.05, "the edge was there before");
        Assert.True(refined[20 * side + 19] - refined[20 * side + 20] > 0.15, "the colour's edge is not the heat's");
        // What is level stays level, at the border too.
        Assert.All(edges.Refine([.. Enumerable.Repeat(0.3f, heat.Length)], 10), value => Assert.Equal(0.3f, value, 1e-4f));
    }

    [Fact]
    public void Rollout_is_the_product_of_half_attentions()
    {
        using var _ = no_grad();
        var source = new RolloutMap(Tower);
        var trace = Tower.Trace(pixels, source.Request);
        var product = eye(17).unsqueeze(0).expand(2, -1, -1);
        for (int block = 0; block < 4; block++) product = ((trace.MeanPattern[block] + eye(17)) / 2).bmm(product);
        Assert.InRange(Golden.RelativeError(source.Maps(trace, directions)[.., 1, ..], product.narrow(1, 0, 1).squeeze(1)
            .narrow(1, 1, 16)), 0, 1e-5);
    }

    [Fact]
    public void A_trace_keeps_streams_and_writes_that_add_up()
    {
        using var _ = no_grad();
        var all = TraceRequest.LayersFrom(0, 4);
        var trace = Tower.Trace(pixels, new TraceRequest { ResidPre = all, MlpOut = all, ResidMid = all });
        for (int block = 0; block < 3; block++)
            Assert.InRange(Golden.RelativeError(trace.ResidMid[block] + trace.MlpOut[block], trace.ResidPre[block + 1]), 0, 1e-6);
        Assert.InRange(Golden.RelativeError(Tower.Encode(pixels), trace.Representation), 0, 1e-5);
    }

    [Fact]
    public void A_finer_grid_has_more_tokens_and_the_same_class_token()
    {
        using var _ = no_grad();
        var finer = randn([1, 3, 48, 48], generator: new Generator(4, CPU));
        var trace = Tower.Trace(finer, new TraceRequest { ResidPre = [0] });
        Assert.Equal([1, 37, 32], trace.ResidPre[0].shape);
        var own = Tower.Trace(pixels, new TraceRequest { ResidPre = [0] });
        Assert.InRange(Golden.RelativeError(trace.ResidPre[0][0, 0], own.ResidPre[0][0, 0]), 0, 1e-6);
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }
}
