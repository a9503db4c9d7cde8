using ClipLens.Cues;
using ClipLens.Effects;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Segmentation;
using ClipLens.Segmentation.Scores;
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

    [Theory, InlineData(1), InlineData(2)]
    public void Cues_from_indirect_effects_are_found_by_as_many_threads_as_asked_for(int workers)
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation(pictures: 40);
        string[] texts = ["red", "blue", "sky", "sea", "round", "square", "dark sky", "red sea", "blue box"];
        var embeddings = tiny.Model.EmbedTexts(texts, workers: 1, cancellation: Token);
        var dictionary = TextDictionary.Create(embeddings, DictionaryScaling.Unit);
        var layer = RandomNeurons.Layer(1, tiny.Tower.Config.MlpWidth, tiny.Tower.EmbedDim);
        var codes = MatchingPursuit.Decompose(layer.DirectionTensor(), dictionary, 2, workers: 1, cancellationToken: Token);
        using var neurons = new DescribedNeurons([new(layer, codes)], texts, embeddings, dictionary);
        using var threads = new ThreadCount();
        SpuriousCues.Find(tiny.Model, neurons, "ship", "truck", new()
        {
            Source = CueSource.Indirect,
            Images = tiny.Entries,
            IndirectNeurons = 4,
            IndirectImages = 40,
            Workers = workers,
        }, cancellation: Token);
        Assert.Equal(workers, threads.Most);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void Segmentation_is_measured_by_as_many_threads_as_asked_for(int workers)
    {
        using var tiny = new TinyEvaluation(pictures: 5);
        var samples = tiny.Entries.Select(entry => new SegmentationSample(entry.Name, "sky", () => ImageDecoder.Decode(entry.Path), () =>
            Mask(ImageDecoder.Decode(entry.Path)))).ToList();
        using var threads = new ThreadCount();
        SegmentationEvaluation.Run(tiny.Model, samples, [SegmentationMethod.Default], new() { Workers = workers }, cancellation: Token);
        Assert.Equal(workers, threads.Most);

        static LabelMask Mask(RgbImage image) => new(image.Width, image.Height,
            [.. Enumerable.Range(0, image.Width * image.Height).Select(i => (byte)(i % 2))]);
    }
}
