using ClipLens.Compute;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Neurons;

/// <summary>The pass that keeps a few images of each neuron finds what the plain way finds: all effects of all images at once.</summary>
public class ExactTopTests
{
    private static readonly int[] Layers = [0, 1, 2];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8, 5)]
    [InlineData(16, 6)]
    [InlineData(200, 7)]
    public void Top_images_and_norms_are_those_of_the_plain_way(int sample, int top)
    {
        using var inputs = new TinyInputs(pictures: 90);
        Compare(inputs, sample, top);
        Compare(inputs, sample, top, onDevice: true);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, false)]
    [InlineData(5, true)]
    public void Neurons_for_which_too_few_images_are_kept_see_others_again(int mostKept, bool onDevice)
    {
        using var inputs = new TinyInputs(pictures: 90);
        var looks = new List<WorkProgress>();
        Compare(inputs, sample: 8, top: 5, onDevice, mostKept, new Watch(report =>
        {
            if (report.Stage.StartsWith("Another look", StringComparison.Ordinal)) looks.Add(report);
        }));
        Assert.NotEmpty(looks);
    }

    [Fact]
    public void Neurons_see_again_the_batches_that_they_need_and_no_others()
    {
        using var scope = NewDisposeScope();
        using var inputs = new TinyInputs(pictures: 90);
        using var model = ClipModel.Load(inputs.Model);
        var plain = Analyze(model, inputs, 8, 5).Single(layer => layer.Layer == 1);
        using var scratch = new ScratchFolder();
        using var pass = Pass(model, inputs, scratch, new() { ScratchFolder = "", Top = 5, Sample = 8, MostKept = 5, Batch = 4 });
        pass.Run(null, Token);
        pass.MakeForms(null, Token);
        var (mean, bias) = EffectSums.Mean([pass.Sums], 1);
        using var selection = new TopSelection([pass], 1, 5, mean, bias);
        var open = Enumerable.Range(0, selection.Neurons).Select(selection.Decide).OfType<OpenNeuron>()
            .Where(own => own.Images is { Count: > 0 }).Take(2).ToList();
        Assert.Equal(2, open.Count);
        int seen = 0;
        new SecondLook([pass], new Dictionary<TopSelection, IReadOnlyList<OpenNeuron>> { [selection] = open })
            .Run(new Watch(report => seen = report.Total), Token);
        var needed = open.SelectMany(own => own.Images!).Select(image => pass.Order.Position(image.Number) / 4).Distinct().ToList();
        Assert.Equal(needed.Count, seen);
        Assert.InRange(seen, 1, 22);
        foreach (var own in open)
        {
            var found = selection.Select(own.Neuron).Images;
            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Subset(found.Select(image => image.Index).ToHashSet(), plain.TopImagesOf(own.Neuron).ToArray().ToHashSet());
        }
    }

    [Fact]
    public void Of_pictures_that_are_there_several_times_the_earlier_one_comes_first_wherever_the_tie_falls()
    {
        using var inputs = new TinyInputs(pictures: 30);
        // Every picture three times, and one of them so often that ties fill all places that are kept.
        for (int i = 0; i < 30; i++)
            foreach (int copy in new[] { 1, 2 }) File.Copy(inputs.Picture(i), Path.Combine(inputs.Images, $"{i + 30 * copy:000}.png"));
        for (int copy = 90; copy < 120; copy++) File.Copy(inputs.Picture(7), Path.Combine(inputs.Images, $"{copy:000}.png"));
        Compare(inputs, sample: 8, top: 5);
        Compare(inputs, sample: 8, top: 8);
        Compare(inputs, sample: 8, top: 8, onDevice: true);
    }

    [Fact]
    public void Of_pictures_that_are_all_the_same_the_first_are_the_top_ones()
    {
        using var inputs = new TinyInputs(pictures: 1);
        for (int copy = 1; copy < 60; copy++) File.Copy(inputs.Picture(0), Path.Combine(inputs.Images, $"{copy:000}.png"));
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(inputs.Model);
        var neurons = Analyze(model, inputs, 8, 4);
        Assert.All(neurons, layer => Assert.All(layer.TopNorms.ToArray(), norm => Assert.InRange(norm, 0, 1e-3f)));
    }

    [Fact]
    public void Measurements_hold_the_exact_length_between_their_bounds()
    {
        using var scope = NewDisposeScope();
        using var inputs = new TinyInputs(pictures: 40);
        using var model = ClipModel.Load(inputs.Model);
        var effects = new SecondOrder(model.Image, [1]);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        using var mode = inference_mode();
        var trace = model.Image.Trace(reader.Read(0, 40).Pixels, effects.Request);
        var (coefficients, bias) = effects.Factors(trace, 1);
        var basis = BiasBasis.FromSample(bias);
        var centre = coefficients.narrow(0, 0, 8).mean([0]);
        var forms = new QuadraticForms(effects.Paths, 1, centre, basis, 1, Token);
        var other = coefficients.mean([0]);
        forms.Centre(other.contiguous().data<float>().ToArray(), new float[BiasBasis.Most], 1);
        var (projected, remainder) = basis.Project(bias);
        var exact = (effects.Effects(trace, 1) - effects.Paths.Directions(1, 0, TinyModel.Neurons).transpose(1, 2)
            .matmul(other.unsqueeze(2)).squeeze(2) - basis.Mean).norm(2);
        var formsThere = new QuadraticForms(effects.Paths, 1, centre, basis, 1, Token, onDevice: true);
        formsThere.Centre(other.contiguous().data<float>().ToArray(), new float[BiasBasis.Most], 1);
        foreach (var tables in new[] { forms, formsThere })
            Measure(tables, coefficients, projected, (neuron, image, measurement) =>
            {
                float length = exact[image, neuron].item<float>();
                Assert.InRange(length, measurement.Lower - remainder, measurement.Upper + remainder);
                Assert.InRange(measurement.Upper - measurement.Lower, 0, 0.05f * length + 1e-3f);
            });
        using var onDevice = new DeviceForms(effects.Paths, 1, centre, basis);
        onDevice.Centre(other, new float[BiasBasis.Most]);
        var (norms, uppers) = onDevice.Measure(coefficients, bias);
        Measure(forms, coefficients, projected, (neuron, image, measurement) =>
        {
            float length = exact[image, neuron].item<float>(), upper = uppers[neuron, image].item<float>();
            Assert.InRange(upper, length - remainder, 1.001f * length + remainder + 1e-3f);
            Assert.Equal(measurement.Norm, norms[neuron, image].item<float>(), 1e-3f * measurement.Norm + 1e-4f);
        });
    }

    [Fact]
    public void Sums_are_the_same_where_effects_are_measured_as_on_a_card()
    {
        using var inputs = new TinyInputs(pictures: 90);
        using var model = ClipModel.Load(inputs.Model);
        AssertSameSums(inputs, model, model, onDevice: true);
    }

    /// <summary>What two models' passes add up must be nearly the same: coefficients, and lengths with representations.</summary>
    internal static void AssertSameSums(TinyInputs inputs, ClipModel here, ClipModel there, bool? onDevice)
    {
        using var scope = NewDisposeScope();
        using ScratchFolder ours = new(), theirs = new();
        using var expected = Pass(here, inputs, ours, new() { ScratchFolder = "", Top = 5, Sample = 8, Batch = 4, MeasureOnDevice = false });
        using var found = Pass(there, inputs, theirs, new() { ScratchFolder = "", Top = 5, Sample = 8, Batch = 4, MeasureOnDevice = onDevice });
        expected.Run(null, Token);
        found.Run(null, Token);
        foreach (int layer in Layers)
        {
            Assert.Equal(onDevice ?? !there.Placement.IsProcessor, found.Layer(layer).DeviceForms is not null);
            AssertNear(EffectSums.Mean([expected.Sums], layer).Coefficients, EffectSums.Mean([found.Sums], layer).Coefficients);
            Tensor sums = expected.Layer(layer).Behaviour.Sums, others = found.Layer(layer).Behaviour.Sums;
            Assert.True(sums.select(2, 0).min().item<double>() > 0);
            AssertNear(sums, others);
        }
    }

    private static void AssertNear(Tensor expected, Tensor found)
    {
        double largest = expected.abs().max().to(ScalarType.Float64).item<double>();
        Assert.InRange((found - expected).abs().max().to(ScalarType.Float64).item<double>(), 0, 1e-4 * largest);
    }

    private static unsafe void Measure(QuadraticForms forms, Tensor coefficients, float[] projected, Action<int, int, Measurement> check)
    {
        int images = (int)coefficients.shape[0], neurons = (int)coefficients.shape[1], paths = (int)coefficients.shape[2];
        float[] values = coefficients.contiguous().data<float>().ToArray();
        var results = new Measurement[images];
        fixed (float* rows = values, biases = projected)
            for (int neuron = 0; neuron < neurons; neuron += 5)
            {
                forms.Measure(neuron, rows + neuron * paths, neurons * paths, biases, images, results);
                for (int image = 0; image < images; image++) check(neuron, image, results[image]);
            }
    }

    private static void Compare(TinyInputs inputs, int sample, int top, bool onDevice = false, int? mostKept = null,
        IProgress<WorkProgress>? progress = null)
    {
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(inputs.Model);
        var found = Analyze(model, inputs, sample, top, onDevice, mostKept, progress);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        foreach (var layer in found)
        {
            var effects = new SecondOrder(model.Image, [layer.Layer]);
            using var mode = inference_mode();
            // The same batches as in the pass: copies of a picture come to the same bits only where they stand alike in a batch.
            var all = effects.Effects(model.Image.Trace(reader.Read(0, reader.Count).Pixels, effects.Request), layer.Layer);
            var norms = (all - all.mean([0])).norm(2);
            for (int neuron = 0; neuron < layer.Count; neuron++)
            {
                float[] plain = [.. norms.select(1, neuron).contiguous().data<float>()];
                float[] expected = [.. plain.OrderDescending().Take(top)];
                var own = layer.TopNormsOf(neuron).ToArray();
                for (int rank = 0; rank < top; rank++)
                {
                    Assert.InRange(own[rank], expected[rank] * (1 - 1e-5f) - 1e-5f, expected[rank] * (1 + 1e-5f) + 1e-5f);
                    float its = plain[layer.TopImagesOf(neuron)[rank]];
                    Assert.InRange(its, own[rank] * (1 - 1e-5f) - 1e-5f, own[rank] * (1 + 1e-5f) + 1e-5f);
                    if (rank > 0 && own[rank] == own[rank - 1])
                        Assert.True(layer.TopImagesOf(neuron)[rank - 1] < layer.TopImagesOf(neuron)[rank]);
                }
                Assert.Equal(top, layer.TopImagesOf(neuron).ToArray().Distinct().Count());
            }
        }
    }

    private static List<LayerNeurons> Analyze(ClipModel model, TinyInputs inputs, int sample, int top, bool onDevice = false,
        int? mostKept = null, IProgress<WorkProgress>? progress = null)
    {
        using var scratch = new ScratchFolder();
        using var pass = Pass(model, inputs, scratch,
            new() { ScratchFolder = "", Top = top, Sample = sample, MostKept = mostKept, Batch = 4, MeasureOnDevice = onDevice });
        pass.Run(null, Token);
        return [.. DatasetAnalysis.Analyze([pass], Layers, top, DirectionSign.Strongest, progress, Token)];
    }

    private static EffectPass Pass(ClipModel model, TinyInputs inputs, ScratchFolder scratch, DatasetSettings settings) =>
        new(model.Image, new SecondOrder(model.Image, Layers), new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images)),
            settings with { ScratchFolder = scratch.Path });
}
