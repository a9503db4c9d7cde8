using ClipLens.Compute;
using ClipLens.Cues;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Cues;

public sealed class SpuriousCueTests : IDisposable
{
    private readonly TinyRun tiny = new();
    private readonly RunDirectory run;
    private readonly ClipModel model;
    private readonly DescribedNeurons neurons;

    public SpuriousCueTests()
    {
        run = tiny.Run().Run;
        model = run.LoadModel();
        neurons = run.Described();
    }

    public void Dispose()
    {
        neurons.Dispose();
        model.Dispose();
        tiny.Dispose();
    }

    /// <summary>Keeps everything: no two texts are more alike than this.</summary>
    private static readonly CueSettings All = new() { Neurons = 20, Count = 10, SynonymCosine = 2 };

    [Fact]
    public void A_word_scores_what_the_texts_of_the_chosen_neurons_add_along_the_way()
    {
        var report = Find(All);
        using var classifier = ZeroShotClassifier.Create(model, ["green tree", "purple door"],
            cancellation: TestContext.Current.CancellationToken);
        using var way = classifier.Weights.select(1, 1) - classifier.Weights.select(1, 0);
        float[] v = way.data<float>().ToArray();
        var along = run.Layers.SelectMany(layer => Enumerable.Range(0, run.Neurons(layer).Count)
            .Select(n => (Id: new NeuronId(layer, n), Along: run.Neurons(layer).DirectionOf(n).ToArray().Zip(v, (a, b) => (double)a * b)
            .Sum())))
            .OrderByDescending(neuron => Math.Abs(neuron.Along)).Take(20).ToDictionary(neuron => neuron.Id, neuron => neuron.Along);
        Assert.Equal(along.Keys.Order(Comparer<NeuronId>.Create((a, b) => (a.Layer, a.Index).CompareTo((b.Layer, b.Index)))),
            report.Neurons.Select(neuron => neuron.Neuron).OrderBy(id => (id.Layer, id.Index)));
        var scores = run.Layers.SelectMany(layer => run.Texts(layer, "pool", 6)
            .Select(text => (text, Id: new NeuronId(layer, text.Neuron))))
            .Where(row => along.ContainsKey(row.Id)).GroupBy(row => row.text.Text)
            .Select(group => (Text: group.Key, Score: group.Sum(row => row.text.Coefficient * along[row.Id]), Rows: group.ToList()))
            .OrderByDescending(word => word.Score).ToList();
        Assert.Equal(scores.Take(10).Select(word => word.Text), report.Cues.Select(cue => cue.Text));
        Assert.All(report.Cues.Zip(scores), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5));
        var first = report.Cues[0].Neurons[0];
        Assert.Equal(scores[0].Rows.Max(row => row.text.Coefficient * along[row.Id]), first.Contribution, 1e-5);
        Assert.All(report.Cues, cue => Assert.Equal(cue.Text, neurons.Pool[cue.TextIndex]));
    }

    [Fact]
    public void Names_forms_synonyms_and_listed_words_are_dropped_with_the_reason()
    {
        string[] best = [.. Find(All).Cues.Select(cue => cue.Text)];
        // An encoder by which the third cue says what the fooled class says and the sixth what the fifth says.
        SentenceEncoder encoder = texts =>
        {
            var unit = eye(texts.Count + 2);
            for (int i = 0; i < texts.Count; i++)
            {
                if (texts[i] == best[2]) unit[i] = unit[Array.IndexOf([.. texts], "purple door")];
                if (texts[i] == best[5]) unit[i] = 0.9f * unit[Array.IndexOf([.. texts], best[4])] + 0.4359f * unit[-1];
            }
            return unit.narrow(0, 0, texts.Count);
        };
        var report = Find(All with { Encoder = encoder, SynonymCosine = 0.8f, Drop = [best[1].ToUpperInvariant() + "s"], Count = 4 });
        Assert.Equal([best[0], best[3], best[4], best[6]], report.Cues.Select(cue => cue.Text));
        Assert.Equal(
            [
                (best[1], $"it is in the list of words to drop ({best[1].ToUpperInvariant()}s)"),
                (best[2], "it means the same as the class purple door (similarity 1.00)"),
                (best[5], $"it means the same as {best[4]} (similarity 0.90)"),
            ], report.Dropped.Select(drop => (drop.Text, drop.Reason)));
        Assert.Equal(0.8f, report.SynonymCosine);
    }

    [Fact]
    public void The_baselines_choose_otherwise()
    {
        var similar = Find(All with { Source = CueSource.MostSimilar });
        Assert.Empty(similar.Neurons);
        using (NewDisposeScope())
        using (var classifier = ZeroShotClassifier.Create(model, ["purple door"], cancellation: TestContext.Current.CancellationToken))
        {
            float[] cosines = nn.functional.normalize(neurons.Embeddings, 2, -1).matmul(classifier.Weights).flatten().data<float>()
                .ToArray();
            Assert.Equal(Enumerable.Range(0, cosines.Length).MaxBy(i => cosines[i]), similar.Cues[0].TextIndex);
            Assert.Equal(cosines.Max(), similar.Cues[0].Score, 1e-5f);
        }
        var random = Find(All with { Source = CueSource.RandomNeurons, Seed = 1 });
        Assert.Equal(20, random.Neurons.Count);
        Assert.Equal(random.Cues.Select(cue => cue.Text), Find(All with { Source = CueSource.RandomNeurons, Seed = 1 })
            .Cues.Select(cue => cue.Text));
        Assert.NotEqual(random.Neurons.Select(neuron => neuron.Neuron), Find(All with { Source = CueSource.RandomNeurons, Seed = 2 })
            .Neurons.Select(neuron => neuron.Neuron));
        AssertFirstOrder(Find(All with { Source = CueSource.FirstOrder }));
    }

    [Fact]
    public void Indirect_directions_are_those_in_which_the_output_changes()
    {
        var images = ImageList.Find(tiny.Images);
        NeuronId[] ids = [new(0, 4), new(2, 9), new(2, 100)];
        using var scope = NewDisposeScope();
        using var directions = IndirectDirections.Measure(model, ids, images, 12, 3,
            new() { Cancellation = TestContext.Current.CancellationToken });
        Assert.Equal([3L, model.Config.EmbedDim], directions.shape);
        // By hand for one neuron: its activation replaced by its mean over all pictures (fewer than 200), on the same 12 of them.
        var random = new SeededRandom(3);
        Assert.Equal(images.Count, random.Choose(images.Count, 200).Length);
        int[] chosen = random.Choose(images.Count, 12);
        using var reader = new ImageBatchReader(model.Preprocessor, images);
        using var _ = inference_mode();
        var request = new TraceRequest { MlpPost = [2], ResidMid = [2] };
        var trace = model.Image.Trace(reader.Read(0, images.Count).Pixels, request);
        var own = trace.MlpPost[2].select(2, 9);
        var change = (own.mean([0], keepdim: true) - own).unsqueeze(2) * model.Image.Blocks[2].ProjWeight.select(1, 9);
        var changed = model.Image.Continue(trace.ResidMid[2] + model.Image.Blocks[2].Write(trace.MlpPost[2]) + change, 3);
        var effects = 100 * (nn.functional.normalize(changed, 2, -1) - nn.functional.normalize(trace.Representation, 2, -1));
        effects = effects.index_select(0, tensor(chosen.Select(i => (long)i).ToArray()));
        effects -= effects.mean([0], keepdim: true);
        var longest = effects.index_select(0, linalg.vector_norm(effects, 2, [1]).topk(6).indexes);
        var (_, _, right) = linalg.svd(longest, fullMatrices: false);
        Assert.Equal(1, right[0].dot(directions[1]).abs().item<float>(), 1e-3f);

        var report = Find(All with
        {
            Source = CueSource.Indirect,
            Images = images,
            IndirectNeurons = 30,
            IndirectImages = 8,
            Neurons = 10
        });
        Assert.Equal(10, report.Neurons.Count);
        Assert.NotEmpty(report.Cues);
        Assert.Equal("Cues from indirect effects are measured on images; give those of the run, or choose another source.",
            Assert.Throws<ClipLensException>(() => Find(All with { Source = CueSource.Indirect })).Message);
    }

    /// <summary>The neuron chosen first must be the one whose writing vector, through the last norm and the projection, points most along
    /// the way.</summary>
    private void AssertFirstOrder(CueReport report)
    {
        using var scope = NewDisposeScope();
        using var classifier = ZeroShotClassifier.Create(model, ["green tree", "purple door"]);
        var way = classifier.Weights.select(1, 1) - classifier.Weights.select(1, 0);
        var best = neurons.Ids.Select(id =>
        {
            var written = (model.Image.Blocks[id.Layer].ProjWeight.select(1, id.Index) * model.Image.PostGain)
                .matmul(model.Image.Projection);
            return (id, Along: (written.dot(way) / written.norm()).item<float>());
        }).MaxBy(pair => MathF.Abs(pair.Along));
        Assert.Equal(best.id, report.Neurons[0].Neuron);
        Assert.Equal(best.Along, report.Neurons[0].Contribution, 1e-4f);
        Assert.NotEmpty(report.Cues);
    }

    [Theory]
    [InlineData("", "truck", "The true class is empty; give the name of what the image shows, such as ship.")]
    [InlineData("ship", " ", "The fooled class is empty; give the name of what the model shall see, such as truck.")]
    [InlineData("Ships", "ship", "The true class 'Ships' and the fooled class 'ship' are the same; give two different ones.")]
    public void Bad_names_are_told(string from, string to, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<ClipLensException>(() =>
        SpuriousCues.Find(model, neurons, from, to, cancellation: TestContext.Current.CancellationToken)).Message);

    [Fact]
    public void An_empty_word_to_drop_is_told() =>
        Assert.Equal("A word to drop is empty; write a word a line.", Assert.Throws<ClipLensException>(() =>
        Find(All with { Drop = ["a", ""] })).Message);

    [Theory]
    [InlineData("trucks", "truck", true)]
    [InlineData("pickup trucks", "truck", true)]
    [InlineData("firetruck", "truck", true)]
    [InlineData("Truck's wheel", "truck", true)]
    [InlineData("butterflies", "butterfly", true)]
    [InlineData("buses", "bus", true)]
    [InlineData("house", "houses", true)]
    [InlineData("churches", "church", true)]
    [InlineData("planes", "plan", false)]
    [InlineData("track", "truck", false)]
    [InlineData("cattle", "cat", false)]
    [InlineData("cats", "cat", true)]
    [InlineData("bus", "buss", false)]
    public void A_text_names_a_class_in_any_form(string text, string name, bool expected) =>
        Assert.Equal(expected, WordForms.Names(text, name));

    private CueReport Find(CueSettings settings) =>
        SpuriousCues.Find(model, neurons, "green tree", "purple door", settings, cancellation: TestContext.Current.CancellationToken);
}
