using ClipLens.Compute;
using ClipLens.Neurons;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Tests.Texts.ActsOn;

public class ActingTextsTests
{
    private const int Width = 12, Pool = 40;

    [Fact]
    public void Planted_texts_are_found_in_their_order_and_no_others()
    {
        using var scope = NewDisposeScope();
        var planted = new Planted(900);
        var parts = planted.Parts(
        [
            // Twice as much of text 3 as of text 17; text 8 alone; against text 5, so for no text of its own; nothing but noise.
            says => 2 * says[3] + says[17],
            says => says[8],
            _ => 0,
        ], noise: 0.5);
        var codes = ActingTexts.Find(parts, planted.Dictionary, Planted.Visible(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([3, 17], Texts(codes, 0));
        Assert.Equal([8], Texts(codes, 1));
        Assert.Empty(Texts(codes, 2));
        Assert.InRange(codes.Coefficients(0)[0] / codes.Coefficients(0)[1], 1.7, 2.3);
    }

    [Fact]
    public void Coefficients_are_those_of_least_squares_that_are_not_negative()
    {
        using var scope = NewDisposeScope();
        var planted = new Planted(600);
        using var images = BehaviourMoments.Pool(planted.Parts([says => says[1] - says[2] + 0.5 * says[30]], noise: 0));
        var steps = ActingTexts.All(images, planted.Dictionary, Planted.Visible(), 6,
            cancellation: TestContext.Current.CancellationToken)[0];
        using var metric = new ImageMetric(images);
        using var atoms = metric.Atoms(planted.Dictionary);
        double[] vector = metric.Behaviour(images).data<double>().ToArray();
        Assert.NotEmpty(steps);
        foreach (var (texts, coefficients) in steps)
        {
            Assert.All(coefficients, own => Assert.True(own > 0));
            // At the optimum what is left is orthogonal to every text in use.
            double[] rest = [.. vector];
            for (int i = 0; i < texts.Length; i++) Vectors.AddScaled(rest, -coefficients[i], Atom(atoms, texts[i]));
            Assert.All(texts, text => Assert.Equal(0, Vectors.Dot(rest, Atom(atoms, text)), 6));
        }
    }

    [Fact]
    public void Of_equally_good_texts_the_one_that_can_be_seen_is_taken_else_the_better_one()
    {
        using var scope = NewDisposeScope();
        // Texts 3 and 20 are nearly the same.
        var planted = new Planted(600, texts => texts[20] = texts[3] + 0.02f * texts[9]);
        using var images = BehaviourMoments.Pool(planted.Parts([says => says[3]], noise: 0.1));
        int better = First(Planted.Visible());
        Assert.Contains(better, new[] { 3, 20 });
        int other = better == 3 ? 20 : 3;
        Assert.Equal(other, First(Planted.Visible(other)));
        Assert.Equal(better, First(Planted.Visible(9)));

        int First(IReadOnlyList<bool> visible) =>
            ActingTexts.All(images, planted.Dictionary, visible, 1, cancellation: TestContext.Current.CancellationToken)[0][0].Texts[0];
    }

    [Fact]
    public void Moments_of_parts_pool_to_those_of_the_whole_and_too_few_images_are_refused()
    {
        using var scope = NewDisposeScope();
        var planted = new Planted(90);
        var parts = planted.Parts([says => says[4]], noise: 0.3);
        using var pooled = BehaviourMoments.Pool(parts);
        var all = planted.Images;
        Assert.Equal(90, pooled.Count);
        var mean = all.mean([0L]);
        Assert.True((pooled.Mean - mean).abs().max().item<double>() < 1e-12);
        Assert.True((pooled.Covariance - (all - mean).t().matmul(all - mean) / 90).abs().max().item<double>() < 1e-12);
        var few = new Planted(20);
        Assert.Equal("20 images are too few to find out what neurons act on: texts found on two thirds of them are checked on the other, "
            + "which must be at least 8; "
            + "analyze at least 24 images.", Assert.Throws<ClipLensException>(() =>
            ActingTexts.Find(few.Parts([says => says[4]], 0), few.Dictionary, Planted.Visible(),
            cancellation: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void A_small_system_is_solved_and_a_row_that_repeats_another_gets_nothing()
    {
        Assert.Equal([1, 2], SmallSystem.Solve(new double[,] { { 4, 1 }, { 1, 3 } }, [6, 7]).Select(value => Math.Round(value, 9)));
        Assert.Equal([2, 0], SmallSystem.Solve(new double[,] { { 1, 1 }, { 1, 1 } }, [2, 2]));
    }

    private static int[] Texts(SparseCodes codes, int neuron) =>
        [.. codes.Texts(neuron).Select(own => own.Text)];

    private static double[] Atom(TextDictionary atoms, int text) =>
        [.. atoms.Atoms[text].data<float>().ToArray().Select(value => (double)value)];

    /// <summary>Images whose representations and neurons are made up.</summary>
    private sealed class Planted
    {
        private readonly float[,] says;

        public Planted(int images, Action<Tensor[]>? change = null)
        {
            using var generator = new Generator(7);
            // Features that vary by different amounts: the metric matters.
            var scales = linspace(0.3, 2, Width);
            Images = nn.functional.normalize(randn(images, Width, generator: generator) * scales + 2, 2, 1).to(ScalarType.Float64);
            Tensor[] texts = [.. Enumerable.Range(0, Pool).Select(_ => randn(Width, generator: generator))];
            change?.Invoke(texts);
            Dictionary = TextDictionary.Create(stack(texts), DictionaryScaling.Unit);
            var said = Images.matmul(Dictionary.Atoms.t().to(ScalarType.Float64));
            said = (said - said.mean([0L])) / said.std(0, unbiased: false);
            says = (float[,])said.to(ScalarType.Float32).data<float>().ToNDArray();
        }

        public Tensor Images { get; }

        public TextDictionary Dictionary { get; }

        public static bool[] Visible(params int[] texts) => [.. Enumerable.Range(0, Pool).Select(texts.Contains)];

        public IReadOnlyList<BehaviourMoments> Parts(Func<float[], double>[] neurons, double noise)
        {
            int count = (int)Images.shape[0];
            double[] representations = Images.contiguous().data<double>().ToArray();
            var (images, behaviour) = (new ImageSums(Width), new BehaviourSums(neurons.Length, Width));
            var random = new SeededRandom(3);
            for (int i = 0; i < count; i++)
            {
                var own = representations[(i * Width)..((i + 1) * Width)];
                images.Add(i, own);
                float[] said = [.. Enumerable.Range(0, Pool).Select(text => says[i, text])];
                for (int neuron = 0; neuron < neurons.Length; neuron++)
                {
                    double norm = 20 + neurons[neuron](said) + noise * (random.Below(1000) / 500.0 - 1);
                    behaviour.Add(neuron, [(float)norm], [i], own);
                }
            }
            return BehaviourMoments.ByPart(images, behaviour);
        }
    }
}
