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
    public void A_dataset_is_analyzed_by_as_many_threads_as_asked_for(int workers)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation(pictures: 40);
        using var threads = new ThreadCount();
        var effects = new SecondOrder(tiny.Tower, [1]);
        using var pass = new EffectPass(tiny.Tower, effects, tiny.Images,
            new() { ScratchFolder = tiny.File("scratch"), Top = 5, Sample = 8, Batch = 4, Workers = workers });
        pass.Run(null, Token);
        var layer = DatasetAnalysis.Analyze([pass], [1], 5, DirectionSign.Strongest, null, Token).Single();
        Assert.Equal(workers, threads.Most);
        Assert.All(layer.TopNorms.ToArray(), norm => Assert.True(norm >= 0));
    }
}
