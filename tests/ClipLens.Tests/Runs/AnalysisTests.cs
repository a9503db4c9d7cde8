using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Storage;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Runs;

/// <summary>What a run holds, against the same computed the plain way: all effects of all images at once.</summary>
public class AnalysisTests
{
    private const int Layer = 1, Top = 5;

    [Fact]
    public void Neurons_are_those_of_the_effects_of_all_images()
    {
        using var world = new TinyRun();
        var run = world.Run().Run;
        using var scope = NewDisposeScope();
        var effects = Effects(world);
        var neurons = run.Neurons(Layer);

        var mean = effects.mean([0]);
        Assert.InRange(Golden.RelativeError(neurons.MeanTensor(), mean), 0, 1e-5);
        var centred = effects - mean;
        var (norms, images) = linalg.vector_norm(centred, 2, [2]).t().topk(Top);
        Assert.Equal(images.to(ScalarType.Int32).flatten().data<int>().ToArray(), neurons.TopImages.ToArray());
        Assert.InRange(Golden.RelativeError(tensor(neurons.TopNorms.ToArray(), [TinyModel.Neurons, Top]), norms), 0, 1e-5);
        Assert.Equal(Enumerable.Range(0, TinyModel.Neurons).Select(n => neurons.TopNormsOf(n)[^1]), neurons.Threshold);

        var top = centred.transpose(0, 1).gather(1, images.unsqueeze(2).expand(-1, -1, centred.shape[2]));
        var (_, singular, right) = linalg.svd(top, fullMatrices: false);
        var direction = right.select(1, 0);
        var projections = top.matmul(direction.unsqueeze(2));
        direction = direction * (projections * projections.abs()).sum([1]).sign();
        Assert.InRange((neurons.DirectionTensor() * direction).sum(1).min().item<float>(), 0.9999f, 1.0001f);
        var explained = singular.select(1, 0).square() / singular.square().sum(1);
        Assert.InRange(Golden.RelativeError(tensor(neurons.VarianceExplained.ToArray()), explained), 0, 1e-4);
    }

    [Fact]
    public void Texts_are_those_of_the_pursuit_and_make_the_directions_again()
    {
        using var world = new TinyRun();
        var run = world.Run().Run;
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(world.Model);
        var texts = TextPool.FromFile(world.Pool).Texts;
        Assert.Equal(texts, run.PoolTexts("pool"));
        using var dictionary = TextDictionary.Create(model.EmbedTexts(texts, cancellation: TestContext.Current.CancellationToken),
            DictionaryScaling.Unit);
        var codes = MatchingPursuit.Decompose(run.Neurons(Layer).DirectionTensor(), dictionary, 6,
            cancellationToken: TestContext.Current.CancellationToken);

        var expected = Enumerable.Range(0, TinyModel.Neurons).SelectMany(neuron => codes.Ranked(neuron)
            .Select((text, rank) => new NeuronText(neuron, rank, text.Text, texts[text.Text], text.Coefficient)));
        Assert.Equal(expected, run.Texts(Layer, "pool", 6));
        using var own = run.Dictionary("pool");
        var read = run.Codes(Layer, "pool", 6, own);
        Assert.InRange(Golden.RelativeError(read.Reconstruct(own), codes.Reconstruct(dictionary)), 0, 1e-6);
        Assert.All(read.ResidualNorms.ToArray().Zip(codes.ResidualNorms.ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Fact]
    public void With_little_memory_the_results_are_the_same_to_the_bit()
    {
        using var world = new TinyRun();
        world.Run();
        var expected = TinyRun.Files(world.Output);
        world.Run(settings => settings with { MemoryBudget = 1, Overwrite = true });
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void The_number_of_workers_changes_no_bit()
    {
        using var world = new TinyRun();
        world.Run(settings => settings with { Workers = 1 });
        var expected = TinyRun.Files(world.Output);
        world.Run(settings => settings with { Workers = 3, Overwrite = true });
        TinyRun.AssertSame(expected, TinyRun.Files(world.Output));
    }

    [Fact]
    public void The_embedded_texts_serve_where_none_are_given()
    {
        using var world = new TinyRun();
        var run = world.Run(settings => settings with { TextFiles = [], Layers = LayerSelection.FromLayers(2) }).Run;
        var pool = Assert.Single(run.Pools);
        Assert.Equal(("embedded", TextPool.Embedded.Texts.Count), (pool.Source, pool.Count));
        Assert.Equal(6 * TinyModel.Neurons, run.Texts(2, pool.Name, 6).Count);
    }

    private static Tensor Effects(TinyRun world)
    {
        using var model = ClipModel.Load(world.Model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(world.Images));
        var effects = new SecondOrder(model.Image, [Layer]);
        return effects.Effects(model.Image.Trace(reader.Read(0, TinyRun.Pictures).Pixels, effects.Request), Layer);
    }
}
