using ClipLens.Compute;
using ClipLens.Editing.Measuring;
using ClipLens.Editing.Searching;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Editing.Searching;

/// <summary>What a search is led by, and how it goes.</summary>
public sealed class EditSearchTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    [Fact]
    public void The_share_from_a_region_is_the_lenss_flow_by_neuron()
    {
        using var model = ClipModel.Load(inputs.Model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var entries = ImageList.Find(inputs.Images);
        var how = new WorkOptions { Cancellation = TestContext.Current.CancellationToken };
        var images = SearchImages.Read(model.Preprocessor, [.. entries.Take(3)], false, "", how);
        var directions = nn.functional.normalize(randn([3, model.Config.EmbedDim], generator: new Generator(1, CPU)), 2, 1);
        float[] region = [0, .. Enumerable.Range(0, 16).Select(i => i % 3 == 0 ? 1f : 0f)];
        var (shares, attention) = new UnitShares(model.Image, UnitMeans.Zero(model)).Sum(images, directions, [1, 0, 2],
            [region, region, region], "", how);

        using var reader = new ImageBatchReader(model.Preprocessor, entries);
        var lens = new NeuronLens(model);
        var pixels = reader.Read(0, 3).Pixels;
        for (int layer = 0; layer < TinyModel.Blocks - 1; layer++)
        {
            var trace = lens.Trace(pixels, lens.SecondOrderRequest(layer));
            var expected = lens.FlowByNeuron(trace, layer, directions[0], tensor(region))[0]
                + 2 * lens.FlowByNeuron(trace, layer, directions[2], tensor(region))[2];
            double largest = expected.abs().max().item<float>();
            Assert.All(expected.data<float>().ToArray().Zip(shares.Neurons[layer]), pair =>
                Assert.Equal(pair.First, pair.Second, 1e-4 * largest));
        }
        Assert.All(shares.Neurons[^1], share => Assert.Equal(0, share));
        var pattern = lens.Trace(pixels, new TraceRequest { Attention = [2] }).Attention[2].Pattern;
        double looked = ((pattern[0] + 2 * 0 * pattern[1]) * tensor(region)).sum(1)[1].item<float>()
            + (pattern[2] * tensor(region)).sum(1)[1].item<float>();
        Assert.Equal(looked, attention.Heads[2][1], 1e-4);
    }

    [Fact]
    public void A_share_of_a_last_layers_unit_is_what_its_ablation_takes_away()
    {
        using var model = ClipModel.Load(inputs.Model);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var entries = ImageList.Find(inputs.Images);
        var how = new WorkOptions { Cancellation = TestContext.Current.CancellationToken };
        using var reader = new ImageBatchReader(model.Preprocessor, entries);
        var means = UnitMeans.Measure(model, reader, [0, 1, 2, 3]);
        var images = SearchImages.Read(model.Preprocessor, [.. entries.Take(1)], false, "", how);
        var direction = nn.functional.normalize(randn([1, model.Config.EmbedDim], generator: new Generator(2, CPU)), 2, 1);
        var (shares, _) = new UnitShares(model.Image, means).Sum(images, direction, [1], null, "", how);
        using var edited = new EditedTower(inputs.Model, means);
        var pixels = reader.Read(0, 1).Pixels;
        var before = LengthAndAlong(model.Image.Encode(pixels));
        // A neuron whose change is small, so that the norm hardly moves.
        foreach (int neuron in new[] { 3, 50, 100 })
        {
            edited.Set(new([new(new(TinyModel.Blocks - 1, neuron), 0.99)], EditMean.ClassToken));
            var after = LengthAndAlong(edited.Tower.Encode(pixels));
            double taken = 100 * (before.Along - after.Along) * 100 / before.Length;
            Assert.Equal(shares.Neurons[^1][neuron], taken, 0.15 * Math.Abs(taken) + 0.05);
        }

        (double Length, double Along) LengthAndAlong(Tensor output) =>
            (output.norm().item<float>(), output[0].dot(direction[0]).item<float>());
    }

    [Fact]
    public void A_search_takes_what_helps_within_the_bound_and_halves_its_way_past_what_does_not()
    {
        ModelUnit[] candidates = [.. Enumerable.Range(0, 12).Select(i => new ModelUnit(0, i))];
        // The fifth and the ninth harm; the last costs too much.
        var trial = new Trial([3, 3, 2, 2, -9, 2, 2, 1, -9, 1, 1, 5], [0, 0, 0, 0.3, 0, 0, 0, 0, 0, 0.2, 0, 2]);
        var (changes, steps) = EditSearch.Run(candidates, trial, new() { AtMost = 1, Passes = 100 }, _ => { });
        Assert.Equal([0, 1, 2, 3, 5, 6, 7, 9, 10], changes.Select(change => change.Unit.Index));
        Assert.All(steps.Where(step => step.IsTaken), step => Assert.InRange(step.Lost, 0, 1));
        Assert.Equal(steps.Count + 1, trial.Passes);
        var (few, stopped) = EditSearch.Run(candidates, trial, new() { AtMost = 1, Passes = 3 }, _ => { });
        Assert.Equal((3, 2), (few.Count, stopped.Count));
        Assert.Equal(5, EditSearch.Run(candidates, trial, new() { AtMost = 1, Most = 5 }, _ => { }).Changes.Count);
    }

    public void Dispose() => inputs.Dispose();

    /// <summary>A trial in which every unit adds its own to the score and costs its own.</summary>
    private sealed class Trial(double[] gains, double[] costs) : ISearchTrial
    {
        private int[] set = [];

        public int Passes { get; private set; }

        public void Set(IReadOnlyList<UnitChange> changes)
        {
            Passes++;
            set = [.. changes.Select(change => change.Unit.Index)];
        }

        public double Score() => set.Sum(i => gains[i]);

        public double Accuracy() => 90 - set.Sum(i => costs[i]);
    }
}
