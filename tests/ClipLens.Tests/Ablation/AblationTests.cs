using ClipLens.Ablation;
using ClipLens.Effects;
using ClipLens.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Ablation;

public class AblationTests
{
    [Fact]
    public void Tables_give_norms_sums_and_projections_of_the_effects_themselves()
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var tiny = new TinyEvaluation();
        var effects = new SecondOrder(tiny.Tower, [1]);
        var trace = tiny.Tower.Trace(tiny.Pixels(), effects.Request);
        var phi = effects.Effects(trace, 1);
        var layer = Neurons(phi, 1);
        var centred = phi - layer.MeanTensor();
        var isLarge = Norm(centred).gt(tensor(layer.Threshold.ToArray()));
        DirectionSet normalised = new("a", randn(128, 24)), released = new("b", randn(128, 24), IsNormalised: false);
        var (coefficients, bias) = effects.Factors(trace, 1);
        foreach (var range in new NeuronRange[] { new(1, 0, 71), new(1, 71, 57) })
        {
            using var tables = new AblationTables(effects.Paths, layer, range, [normalised, released]);
            var changes = tables.Changes(coefficients.narrow(1, range.First, range.Count), bias);
            var own = centred.narrow(1, range.First, range.Count);
            var large = isLarge.narrow(1, range.First, range.Count);
            Near(Norm(own).t(), changes.Norms);
            Assert.True(large.t().equal(changes.IsLarge).all().item<bool>());
            Near(own.sum(1), changes.All);
            Near((own * large.unsqueeze(2)).sum(1), changes.Large);
            Tensor a = normalised.Directions.narrow(0, range.First, range.Count),
                b = released.Directions.narrow(0, range.First, range.Count);
            var unit = a / Norm(a).unsqueeze(1);
            Near(((own * unit).sum(-1, keepdim: true) * unit).sum(1), changes.Kept[0]);
            Near(((own * b).sum(-1, keepdim: true) * b).sum(1), changes.Kept[1]);
            Near((own * unit).sum(-1).t().square(), changes.KeptSquares.select(2, 0));
        }
    }

    [Fact]
    public void Blocks_together_change_what_they_change_one_by_one_and_a_small_budget_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation();
        var layers = Layers(tiny);
        var (once, representations) = Run(tiny, layers, 1L << 30);
        var (often, again) = Run(tiny, layers, 150_000);

        Assert.Equal(3, representations.Count);
        foreach (int key in representations.Keys) Near(representations[key], again[key]);
        var baseline = once.Representations * 100;
        Near(representations[0] - baseline + (representations[2] - baseline), representations[-1] - baseline);
        foreach (var (a, b) in once.Layers.Zip(often.Layers))
        {
            Assert.All(Enumerable.Range(0, 128), n => Assert.Equal(a.Neurons.SignificantImages(n), b.Neurons.SignificantImages(n)));
            Assert.Equal(a.Neurons.Explained(0, onSignificant: false), b.Neurons.Explained(0, onSignificant: false), 5);
            foreach (var (name, scores) in a.Scores) Assert.Equal(scores.Predicted, b.Scores[name].Predicted);
        }
        var logits = representations[-1][0].matmul(tiny.Classifier);
        Assert.Equal(logits.argmax(1).data<long>().Select(label => (int)label), once.Joint!["without_all"].Predicted);
        var own = logits.gather(1, tensor(tiny.Labels.Select(label => (long)label).ToArray()).unsqueeze(1));
        Assert.Equal(logits.gt(own).sum(1).lt(5).data<bool>(), once.Joint["without_all"].IsInTopFive);
    }

    [Fact]
    public void A_direction_of_every_effect_keeps_all_and_the_mean_of_one_image_is_that_image()
    {
        using var scope = NewDisposeScope();
        using var tiny = new TinyEvaluation(pictures: 1);
        var effects = new SecondOrder(tiny.Tower, [2]);
        using var _ = inference_mode();
        var phi = effects.Effects(tiny.Tower.Trace(tiny.Pixels(), effects.Request), 2)[0];
        var mean = randn(phi.shape);
        AblationLayer layer = new(RandomNeurons.Layer(2, mean, zeros(128)), [new("own", phi - mean)]);
        using var outcome = LayerAblation.Run(tiny.Tower, tiny.Images, tiny.Labels, tiny.Classifier, [layer], new(),
            new() { Cancellation = TestContext.Current.CancellationToken });
        Assert.Equal(1, outcome.Layers[0].Scores["own"].Cosine[0], 5);
        Assert.Equal(1, outcome.Layers[0].Neurons.Explained(0, onSignificant: true), 5);
        Assert.Equal(1, outcome.Layers[0].Scores["without_small"].Cosine[0], 5);
        Assert.True(outcome.Layers[0].Scores["without_all"].Cosine[0] < 0.99);
    }

    [Fact]
    public void The_last_block_and_neurons_of_another_model_are_refused()
    {
        using var tiny = new TinyEvaluation();
        Assert.Contains("Layer 3 is the last", Refused(3, zeros(128, 24)).Message);
        Assert.Contains("another model", Refused(1, zeros(128, 25)).Message);

        ClipLensException Refused(int layer, Tensor mean) =>
            Assert.Throws<ClipLensException>(() => LayerAblation.Run(tiny.Tower, tiny.Images,
            tiny.Labels, tiny.Classifier, [new(RandomNeurons.Layer(layer, mean, zeros(128)), [])], new()));
    }

    private static AblationLayer[] Layers(TinyEvaluation tiny)
    {
        using var _ = inference_mode();
        var effects = new SecondOrder(tiny.Tower, [0, 2]);
        var trace = tiny.Tower.Trace(tiny.Pixels(), effects.Request);
        return [.. new[] { 0, 2 }.Select(layer =>
        {
            var neurons = Neurons(effects.Effects(trace, layer), layer);
            return new AblationLayer(neurons, [new("first_component", neurons.DirectionTensor())]);
        })];
    }

    /// <summary>Neurons with a mean that is off, and a threshold that some images pass.</summary>
    private static LayerNeurons Neurons(Tensor effects, int layer)
    {
        var mean = effects.mean([0]) * 1.5;
        return RandomNeurons.Layer(layer, mean, Norm(effects - mean).quantile(tensor(0.73f), 0).flatten());
    }

    /// <summary>The outcome and the representations [V, images, d] by block; -1 for all together.</summary>
    private static (AblationOutcome Outcome, Dictionary<int, Tensor> Representations) Run(TinyEvaluation tiny, AblationLayer[] layers,
        long budget)
    {
        var representations = new Dictionary<int, Tensor>();
        var settings = new AblationSettings { Batch = 4, IsJoint = true, MemoryBudget = budget, Observe = Store };
        return (LayerAblation.Run(tiny.Tower, tiny.Images, tiny.Labels, tiny.Classifier, layers, settings,
            new() { Cancellation = TestContext.Current.CancellationToken }), representations);

        void Store(AblatedBatch batch)
        {
            int key = batch.Layer ?? -1;
            if (!representations.TryGetValue(key, out var all)) representations[key] = all = zeros(4, tiny.Images.Count, 24)
                .DetachFromDisposeScope();
            for (int i = 0; i < batch.Indices.Count; i++) all.narrow(1, batch.Indices[i], 1).copy_(batch.Changed.narrow(1, i, 1));
        }
    }

    private static Tensor Norm(Tensor vectors) => linalg.vector_norm(vectors, 2, [-1]);

    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Golden.RelativeError(actual, expected), 0, 2e-5);
}
