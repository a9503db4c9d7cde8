using ClipLens.Effects;
using ClipLens.Neurons;
using ClipLens.Tests.Ablation;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Compute;

/// <summary>No more threads work than were asked for; and so many do, where there is work for them.</summary>
public class WorkersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(3)]
    public void Texts_are_embedded_by_as_many_threads_as_asked_for(int workers)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation(pictures: 1);
        string[] texts = [.. Enumerable.Range(0, 600).Select(i => i % 2 == 0 ? "a sky" : "the sea")];
        using var threads = new ThreadCount();
        var embeddings = tiny.Model.EmbedTexts(texts, workers: workers, cancellation: Token);
        Assert.Equal(workers, threads.Most);
        Assert.True(embeddings[599].allclose(embeddings[1]));
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Directions_are_decomposed_by_as_many_threads_as_asked_for(int workers)
    {
        using var scope = NewDisposeScope();
        using var dictionary = TextDictionary.Create(randn(200, 16, generator: new Generator(1, CPU)), DictionaryScaling.Unit);
        var directions = randn(1200, 16, generator: new Generator(2, CPU));
        using var threads = new ThreadCount();
        MatchingPursuit.Decompose(directions, dictionary, 3, workers: workers, cancellationToken: Token);
        Assert.Equal(workers, threads.Most);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void Norms_are_visited_by_as_many_threads_as_asked_for(int workers)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation(pictures: 1);
        var effects = new SecondOrder(tiny.Tower, [1]);
        int neurons = tiny.Tower.Config.MlpWidth, paths = effects.Paths.PathCount(1);
        using var norms = new CentredNorms(effects.Paths, 1, 0, neurons, zeros(neurons, paths), zeros(tiny.Tower.EmbedDim), workers);
        int now = 0, most = 0, visited = 0;
        norms.Visit(new float[neurons * paths], zeros(1, tiny.Tower.EmbedDim), (_, _, _, _) =>
        {
            int others = Interlocked.Increment(ref now);
            for (int seen = most; others > seen; seen = most) Interlocked.CompareExchange(ref most, others, seen);
            Interlocked.Increment(ref visited);
            Thread.Sleep(1);
            Interlocked.Decrement(ref now);
        });
        Assert.Equal(neurons, visited);
        Assert.InRange(most, 1, workers);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void A_dataset_is_analyzed_by_as_many_threads_as_asked_for(int workers, bool store)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation(pictures: 40);
        using var threads = new ThreadCount();
        var effects = new SecondOrder(tiny.Tower, [1]);
        using var pass = new EffectPass(tiny.Tower, effects, tiny.Images,
            new() { ScratchFolder = tiny.File("scratch"), Batch = 4, Workers = workers, StoreCoefficients = store });
        pass.Run(null, Token);
        var layer = DatasetAnalysis.Analyze(pass, [1], [1], tiny.Tower.Config.MlpWidth, 5, 64L << 20, null, Token).Single();
        Assert.Equal(workers, threads.Most);
        Assert.All(layer.TopNorms.ToArray(), norm => Assert.True(norm >= 0));
    }
}
