using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Portraits;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Runs;

/// <summary>Portraits beside effects that are formed in full, image by image.</summary>
public sealed class PortraitTests : IDisposable
{
    private readonly TinyRun tiny = new();
    private readonly RunDirectory run;

    public PortraitTests()
    {
        run = tiny.Run().Run;
        using var model = run.LoadModel();
        Assert.Equal(run.Layers, PortraitStudy.Missing(run));
        PortraitStudy.Run(run, model, new() { Cancellation = TestContext.Current.CancellationToken });
    }

    [Fact]
    public void They_are_what_the_effects_on_all_images_say()
    {
        using var scope = NewDisposeScope();
        using var model = run.LoadModel();
        var (neurons, portraits) = (run.Neurons(1), run.Portraits(1)!);
        var effects = Effects(model).sub(neurons.MeanTensor());
        float[,] norms = Norms(effects);
        Assert.Equal(TinyRun.Pictures, portraits.Sample.Count);
        for (int neuron = 0; neuron < neurons.Count; neuron += 9)
        {
            float[] own = [.. Enumerable.Range(0, TinyRun.Pictures).Select(image => norms[image, neuron])];
            float largest = own.Max();
            Assert.All(portraits.Sample.Index(), sampled =>
                Assert.Equal(own[sampled.Item], portraits.RowOf(portraits.SampleNorms, neuron)[sampled.Index], 1e-3 * largest));
            Assert.Equal(TinyRun.Pictures, portraits.RowOf(portraits.Histogram, neuron).ToArray().Sum());
            int[] expected = [.. Enumerable.Range(0, own.Length).Except(neurons.TopImagesOf(neuron).ToArray())
                .OrderByDescending(image => own[image]).Take(LayerPortraits.Below)];
            int[] below = portraits.RowOf(portraits.BelowImages, neuron).ToArray();
            Assert.Equal(expected.Select(image => own[image]), below.Select(image => own[image]), (a, b) =>
                Math.Abs(a - b) <= 1e-3 * largest);
            Assert.DoesNotContain(below, image => neurons.TopImagesOf(neuron).Contains(image));
        }
    }

    [Fact]
    public void Routes_add_up_to_what_the_top_images_have_more_along_the_direction()
    {
        using var scope = NewDisposeScope();
        using var model = run.LoadModel();
        var (neurons, portraits) = (run.Neurons(1), run.Portraits(1)!);
        var lens = new NeuronLens(model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(tiny.Images));
        var trace = lens.Trace(reader.Read(0, TinyRun.Pictures).Pixels, lens.SecondOrderRequest(1));
        var less = lens.SecondOrder(trace, 1).sub(lens.Factors(trace, 1).Bias.unsqueeze(1));
        for (int neuron = 0; neuron < neurons.Count; neuron += 11)
        {
            var along = less.select(1, neuron).mv(tensor(neurons.DirectionOf(neuron).ToArray()));
            float top = along.index_select(0, tensor(neurons.TopImagesOf(neuron).ToArray().Select(i => (long)i).ToArray())).mean()
                .item<float>();
            float routes = portraits.RowOf(portraits.Routes, neuron).ToArray().Sum();
            Assert.Equal(top - along.mean().item<float>(), routes, 2e-3 * neurons.TopNormsOf(neuron)[0]);
        }
        Assert.Equal(lens.PathCount(1), portraits.RowOf(portraits.Routes, 0).Length);
    }

    [Fact]
    public void Polysemanticity_is_one_less_the_mean_cosine_of_two_top_images()
    {
        float[] all = run.ImageRepresentations()!.Value.ToArray();
        int width = run.Manifest.Model.EmbedDim;
        double[] mean = [.. Enumerable.Range(0, width).Select(k => Enumerable.Range(0, TinyRun.Pictures)
            .Average(i => (double)all[i * width + k]))];
        double[][] unit = [.. Enumerable.Range(0, TinyRun.Pictures).Select(i =>
            Unit([.. mean.Select((own, k) => all[i * width + k] - own)]))];
        int[] top = run.Neurons(2).TopImagesOf(5).ToArray();
        double cosine = top.SelectMany(a => top.Where(b => b != a).Select(b => unit[a].Zip(unit[b], (x, y) => x * y).Sum())).Average();
        Assert.Equal(1 - cosine, run.Portraits(2)!.Polysemanticity[5], 1e-4);

        static double[] Unit(double[] vector)
        {
            double length = Math.Sqrt(vector.Sum(own => own * own));
            return [.. vector.Select(own => own / length)];
        }
    }

    [Fact]
    public void They_are_made_once_and_a_damaged_file_is_told()
    {
        Assert.Empty(PortraitStudy.Missing(run));
        string path = Path.Combine(run.Path, "layer-01", "portraits.safetensors");
        File.Copy(Path.Combine(run.Path, "layer-01", "neurons.safetensors"), path, overwrite: true);
        Assert.Contains("sample", Assert.Throws<ClipLensException>(() => RunDirectory.Open(run.Path).Portraits(1)).Message);
    }

    public void Dispose() => tiny.Dispose();

    private Tensor Effects(ClipModel model)
    {
        var lens = new NeuronLens(model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(tiny.Images));
        return lens.SecondOrder(lens.Trace(reader.Read(0, TinyRun.Pictures).Pixels, lens.SecondOrderRequest(1)), 1);
    }

    private static float[,] Norms(Tensor effects)
    {
        float[] flat = effects.norm(2).data<float>().ToArray();
        var norms = new float[effects.shape[0], effects.shape[1]];
        Buffer.BlockCopy(flat, 0, norms, 0, 4 * flat.Length);
        return norms;
    }
}
