using ClipLens.Discovery;
using ClipLens.Drawing;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Discovery;

public sealed class ConceptDiscoveryTests : IDisposable
{
    private readonly TinyRun tiny = new();
    private readonly RunDirectory run;
    private readonly ClipModel model;
    private readonly DescribedNeurons neurons;
    private readonly ImageSet images;

    public ConceptDiscoveryTests()
    {
        run = tiny.Run().Run;
        model = run.LoadModel();
        neurons = run.Described();
        images = ImageList.Find(tiny.Images);
    }

    public void Dispose()
    {
        neurons.Dispose();
        model.Dispose();
        tiny.Dispose();
    }

    [Fact]
    public void Neurons_are_significant_on_their_top_images_alone()
    {
        using var scope = NewDisposeScope();
        var second = new SecondOrder(model.Image, [.. run.Layers]);
        var layers = run.Layers.Select(run.Neurons).ToList();
        var significant = SignificantEffects.Find(second, Trace(second, 7), layers)[0];
        foreach (var layer in layers)
        {
            for (int n = 0; n < layer.Count; n++)
            {
                int rank = layer.TopImagesOf(n).IndexOf(7);
                // Of the last top image the norm is the threshold itself.
                if (rank == layer.Top - 1) continue;
                int place = significant.Neurons.ToList().IndexOf(new(layer.Layer, n));
                Assert.Equal(rank >= 0, place >= 0);
                if (rank >= 0) Assert.Equal(layer.TopNormsOf(n)[rank], significant.Norms[place], 2e-3f * layer.TopNormsOf(n)[rank]);
            }
        }
    }

    [Fact]
    public void The_patches_of_a_concept_add_up_to_its_neurons_effects()
    {
        using var scope = NewDisposeScope();
        var second = new SecondOrder(model.Image, [.. run.Layers]);
        var readout = new DirectionReadout(model.Image);
        var trace = Trace(second, 3);
        NeuronId[] chosen = [new(0, 5), new(0, 9), new(2, 1), new(2, 77)];
        var directions = nn.functional.normalize(randn(3, model.Config.EmbedDim), 2, -1);
        float[] sums = ConceptMap.Compute(readout, trace, 0, chosen, directions).sum([1]).data<float>().ToArray();
        var expected = zeros(3);
        foreach (var neuron in chosen)
            expected += directions.mv(second.Effects(trace, neuron.Layer)[0][neuron.Index] - second.Factors(trace, neuron.Layer).Bias[0]);
        for (int i = 0; i < 3; i++) Assert.Equal(expected[i].item<float>(), sums[i], 1e-3f);
        Assert.Equal(0, ConceptMap.Compute(readout, trace, 0, [], directions).abs().max().item<float>());
    }

    [Fact]
    public void The_papers_score_is_the_sum_of_coefficients_times_norms()
    {
        var found = Discover(new() { Method = DiscoveryMethod.Paper, SameCosine = 2, Count = 50 }, 11);
        var scores = new Dictionary<string, double>();
        using (NewDisposeScope())
        {
            var second = new SecondOrder(model.Image, [.. run.Layers]);
            var significant = SignificantEffects.Find(second, Trace(second, 11), [.. run.Layers.Select(run.Neurons)])[0];
            Assert.Equal(significant.Neurons.Count, found.Significant);
            for (int i = 0; i < significant.Neurons.Count; i++)
            {
                var (layer, index) = significant.Neurons[i];
                foreach (var text in run.Texts(layer, "pool", 6).Where(text => text.Neuron == index))
                    scores[text.Text] = scores.GetValueOrDefault(text.Text) + text.Coefficient * significant.Norms[i];
            }
        }
        // Forms of one word are one concept.
        var expected = scores.Where(pair => pair.Value > 0).OrderByDescending(pair => pair.Value)
            .DistinctBy(pair => WordForms.Stem(pair.Key)).ToList();
        Assert.Equal(expected.Select(pair => pair.Key), found.Concepts.Select(concept => concept.Text));
        Assert.All(expected.Zip(found.Concepts), pair => Assert.Equal(pair.First.Value, pair.Second.Score, 1e-3));
    }

    [Fact]
    public void Exact_scores_are_inner_products_that_split_by_neuron()
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(neurons.Embeddings, 2, -1);
        var texts = unit - unit.mean([0]);
        var second = new SecondOrder(model.Image, [.. run.Layers]);
        var trace = Trace(second, 2);
        var significant = SignificantEffects.Find(second, trace, [.. run.Layers.Select(run.Neurons)])[0];
        var effect = significant.Effects.sum([0]);
        var whole = 100 * nn.functional.normalize(trace.Representation[0], 2, 0);
        AssertScores(DiscoveryMethod.Effects, 0, texts.mv(effect));
        AssertScores(DiscoveryMethod.Reinforced, 0.7f, texts.mv(whole + 0.7f * effect));
        AssertScores(DiscoveryMethod.ZeroShot, 0, unit.mv(whole / 100));
        var concept = Discover(new() { Method = DiscoveryMethod.Effects, SameCosine = 2 }, 2).Concepts[0];
        int strongest = significant.Neurons.ToList().IndexOf(concept.Neurons[0].Neuron);
        Assert.Equal(texts[concept.TextIndex].dot(significant.Effects[strongest]).item<float>(), concept.Neurons[0].Share, 1e-3f);
        Assert.Equal(texts[concept.TextIndex].matmul(significant.Effects.t()).max().item<float>(), concept.Neurons[0].Share, 1e-3f);
    }

    [Fact]
    public void Texts_that_say_the_same_are_one_concept()
    {
        var apart = Discover(new() { Method = DiscoveryMethod.ZeroShot, SameCosine = 2, Count = 8 }, 4).Concepts;
        var together = Discover(new() { Method = DiscoveryMethod.ZeroShot, SameCosine = 0.3f, Count = 8 }, 4).Concepts;
        Assert.Equal(apart[0].Text, together[0].Text);
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(neurons.Embeddings, 2, -1);
        var centred = nn.functional.normalize(unit - unit.mean([0]), 2, -1);
        var cosines = centred.matmul(centred.t());
        for (int i = 0; i < together.Count; i++)
        {
            for (int j = 0; j < i; j++) Assert.True(cosines[together[i].TextIndex, together[j].TextIndex].item<float>() < 0.3);
            Assert.All(together[i].Same, same =>
                Assert.True(cosines[together[i].TextIndex, neurons.Pool.ToList().IndexOf(same)].item<float>() >= 0.2999
                || WordForms.Stem(same) == WordForms.Stem(together[i].Text)));
        }
        Assert.Contains(together, concept => concept.Same.Count > 0);
    }

    [Fact]
    public void Neither_batches_nor_threads_change_the_concepts()
    {
        // On a neuron's last top image the norm is the threshold itself, and rounding decides; so other images than the run's.
        var unseen = ImageList.Find(TinyModel.WritePictures(tiny.File("unseen"), 20, seed: 5));
        var names = Names(new() { Batch = 1, Workers = 1 });
        Assert.Equal(names, Names(new() { Batch = 7, Workers = 2 }));

        List<string> Names(DiscoverySettings settings)
        {
            using var discovery = new ConceptDiscovery(model, neurons, settings);
            return [.. discovery.Discover(unseen, null, TestContext.Current.CancellationToken)
                .Select(picture => $"{picture.Image}: {string.Join(", ", picture.Concepts.Select(concept => concept.Text))}")];
        }
    }

    [Fact]
    public void A_picture_that_is_none_has_an_error()
    {
        string path = tiny.File("notes.png");
        File.WriteAllText(path, "no image");
        using var discovery = new ConceptDiscovery(model, neurons);
        var found = discovery.Discover([images[0], new("notes.png", path), images[1]], null, TestContext.Current.CancellationToken);
        Assert.Equal([null, "notes.png"], found.Take(2).Select(picture => picture.Error is null ? null : picture.Image));
        Assert.Contains("notes.png", found[1].Error);
        Assert.Empty(found[1].Concepts);
        Assert.Equal(found[2].Concepts[0].Text, Discover(new(), 1).Concepts[0].Text);
    }

    [Theory]
    [InlineData(DiscoveryMethod.Reinforced, true)]
    [InlineData(DiscoveryMethod.ZeroShot, true)]
    [InlineData(DiscoveryMethod.Paper, false)]
    public void On_a_picture_on_which_no_neuron_acts_concepts_have_no_neurons_behind_them(DiscoveryMethod method, bool isFound)
    {
        float[] never = [.. Enumerable.Repeat(float.MaxValue, 128)];
        using var idle = new DescribedNeurons([.. neurons.Layers.Select(layer => layer with
        {
            Neurons = layer.Neurons with { Threshold = never },
        })], neurons.Pool, neurons.Embeddings.clone(), Texts.TextDictionaryOf(neurons.Embeddings));
        using var discovery = new ConceptDiscovery(model, idle, new() { Method = method });
        var found = discovery.Discover([images[3]], null, TestContext.Current.CancellationToken)[0];
        Assert.Null(found.Error);
        Assert.Equal(0, found.Significant);
        Assert.Equal(isFound, found.Concepts.Count > 0);
        Assert.All(found.Concepts, concept => Assert.Empty(concept.Neurons));
        Assert.All(found.Concepts, concept => Assert.All(concept.Patches.Values, value => Assert.Equal(0, value)));
    }

    [Fact]
    public void Bad_settings_are_told()
    {
        Assert.Equal("The method embedding needs the mean representation of a dataset; give it, or choose another method.",
            Assert.Throws<ClipLensException>(() => new ConceptDiscovery(model, neurons, new() { Method = DiscoveryMethod.Embedding }))
            .Message);
        Assert.Equal("Concepts and images of a batch are counted from 1; ask for at least one of each.",
            Assert.Throws<ClipLensException>(() => new ConceptDiscovery(model, neurons, new() { Count = 0 })).Message);
        using var fewer = new DescribedNeurons([neurons.Layers[0] with { Neurons = neurons.Layers[0].Neurons with { Count = 3 } }],
            neurons.Pool,
            neurons.Embeddings.clone(), Texts.TextDictionaryOf(neurons.Embeddings));
        Assert.Equal("The neurons are not of this model: their sizes differ; give the model that the run was made with.",
            Assert.Throws<ClipLensException>(() => new ConceptDiscovery(model, fewer)).Message);
    }

    [Fact]
    public void Concepts_of_several_pictures_are_counted_without_chains()
    {
        Concept Of(string text, float score, params string[] same) => new(text, 0, score, same, [], new HeatMap([0], 1, 1));
        var table = ConceptTable.Count(
        [
            new("a", null, 1, [Of("cats", 3, "kitten"), Of("grass", 1)]),
            new("b", null, 1, [Of("cat", 5), Of("lawn", 2, "grass")]),
            new("c", null, 1, [Of("kitten", 4, "puppy")]),
            new("d", null, 1, [Of("puppy", 4)]),
            new("e", "not an image", 0, []),
        ]);
        Assert.Equal([("cat", 3, 4f, "b"), ("grass", 2, 1.5f, "b"), ("puppy", 1, 4f, "d")],
            table.Select(count => (count.Text, count.Images, count.MeanScore, count.Best)));
    }

    private void AssertScores(DiscoveryMethod method, float weight, Tensor expected)
    {
        float[] values = expected.data<float>().ToArray();
        var found = Discover(new() { Method = method, Weight = weight, SameCosine = 2 }, 2).Concepts;
        Assert.Equal(values.Max(), found[0].Score, 1e-3f);
        Assert.All(found, concept => Assert.Equal(values[concept.TextIndex], concept.Score, 1e-3f));
    }

    private ImageConcepts Discover(DiscoverySettings settings, int image)
    {
        using var discovery = new ConceptDiscovery(model, neurons, settings);
        return discovery.Discover([images[image]], null, TestContext.Current.CancellationToken)[0];
    }

    private ForwardTrace Trace(SecondOrder second, int image)
    {
        using var reader = new ImageBatchReader(model.Preprocessor, images);
        using var _ = inference_mode();
        return model.Image.Trace(reader.Read(image, 1).Pixels, second.Request);
    }

    private static class Texts
    {
        public static ClipLens.Texts.TextDictionary TextDictionaryOf(Tensor embeddings) =>
            ClipLens.Texts.TextDictionary.Create(embeddings, ClipLens.Texts.DictionaryScaling.Unit);
    }
}
