using ClipLens.Texts;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Tests.Texts;

public sealed class MatchingPursuitTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(DictionaryScaling.Feature)]
    [InlineData(DictionaryScaling.Unit)]
    public void Selection_coefficients_and_residuals_are_those_of_the_textbook(DictionaryScaling scaling)
    {
        using var dictionary = TextDictionary.Create(Random(1500, 24, seed: 1), scaling);
        var directions = Random(37, 24, seed: 2);
        var codes = Decompose(directions, dictionary, 10);
        for (int neuron = 0; neuron < 37; neuron++)
        {
            var (indices, coefficients, residual) = Textbook(directions[neuron], dictionary.Atoms, 10);
            Assert.Equal(indices, codes.Indices(neuron).ToArray());
            AssertClose(coefficients, codes.Coefficients(neuron).ToArray(), 1e-6 * coefficients.Max(Math.Abs));
            Assert.Equal(residual, codes.ResidualNorms[neuron], 1e-6);
        }
    }

    [Fact]
    public void Sizes_of_one_run_equal_runs_of_their_own()
    {
        using var dictionary = TextDictionary.Create(Random(3000, 32, seed: 3), DictionaryScaling.Feature);
        var directions = Random(20, 32, seed: 4);
        var together = MatchingPursuit.Decompose(directions, dictionary, [4, 12, 8], null,
            cancellationToken: TestContext.Current.CancellationToken);
        foreach (var codes in together)
        {
            var alone = Decompose(directions, dictionary, codes.Size);
            for (int neuron = 0; neuron < 20; neuron++)
            {
                Assert.Equal(alone.Indices(neuron), codes.Indices(neuron));
                Assert.Equal(alone.Coefficients(neuron), codes.Coefficients(neuron));
            }
            Assert.Equal(alone.ResidualNorms, codes.ResidualNorms);
        }
        Assert.Equal([4, 12, 8], together.Select(codes => codes.Size));
    }

    [Fact]
    public void The_result_does_not_depend_on_the_batch()
    {
        using var dictionary = TextDictionary.Create(Random(2500, 16, seed: 5), DictionaryScaling.Unit);
        var directions = Random(300, 16, seed: 6);
        var all = Decompose(directions, dictionary, 6);
        foreach (int neuron in new[] { 0, 1, 255, 256, 299 })
        {
            var alone = Decompose(directions.narrow(0, neuron, 1), dictionary, 6);
            Assert.Equal(alone.Indices(0).ToArray(), all.Indices(neuron).ToArray());
            Assert.Equal(alone.Coefficients(0).ToArray(), all.Coefficients(neuron).ToArray());
        }
    }

    [Fact]
    public void A_sum_of_orthogonal_atoms_is_found_and_the_pursuit_then_stops()
    {
        using var dictionary = TextDictionary.Create(cat([eye(8), -eye(8)]), DictionaryScaling.Unit);
        var direction = (3 * dictionary.Atoms[2] - 2 * dictionary.Atoms[5]).unsqueeze(0);
        var codes = Decompose(direction, dictionary, 5);
        Assert.Equal([2, 5, -1, -1, -1], codes.Indices(0).ToArray());
        AssertClose([3, -2, 0, 0, 0], codes.Coefficients(0).ToArray(), 1e-6);
        Assert.Equal(0, codes.ResidualNorms[0], 1e-6);
        Assert.Equal([(2, 3f), (5, -2f)], codes.Ranked(0).Select(text => (text.Text, MathF.Round(text.Coefficient, 5))));
    }

    [Fact]
    public void A_text_that_is_there_twice_is_chosen_once_and_the_first_wins()
    {
        var embeddings = Random(40, 12, seed: 7);
        using var dictionary = TextDictionary.Create(cat([embeddings, embeddings]), DictionaryScaling.Unit);
        // More texts than the space has dimensions: all of them fit the direction exactly before the list is full.
        var codes = Decompose(Random(5, 12, seed: 8), dictionary, 30);
        for (int neuron = 0; neuron < 5; neuron++)
        {
            int[] used = [.. codes.Indices(neuron).ToArray().Where(i => i >= 0)];
            Assert.Equal(12, used.Length);
            Assert.All(used, i => Assert.InRange(i, 0, 39));
            Assert.Equal(used.Length, used.Distinct().Count());
            Assert.Equal(0, codes.ResidualNorms[neuron], 1e-5);
        }
    }

    [Fact]
    public void A_direction_of_zero_needs_no_text()
    {
        using var dictionary = TextDictionary.Create(Random(30, 4, seed: 9), DictionaryScaling.Feature);
        var codes = Decompose(zeros(1, 4), dictionary, 3);
        Assert.Equal([-1, -1, -1], codes.Indices(0).ToArray());
        Assert.Empty(codes.Ranked(0));
    }

    [Fact]
    public void The_reconstruction_leaves_the_residual_and_the_residual_is_orthogonal_to_the_texts()
    {
        using var dictionary = TextDictionary.Create(Random(900, 20, seed: 10), DictionaryScaling.Feature);
        var directions = Random(300, 20, seed: 11);
        var codes = Decompose(directions, dictionary, 7);
        var residuals = directions - codes.Reconstruct(dictionary);
        AssertClose([.. codes.ResidualNorms], residuals.norm(1).data<float>().ToArray(), 1e-5);
        for (int neuron = 0; neuron < 300; neuron += 50)
        {
            var atoms = dictionary.Atoms.index_select(0, tensor(codes.Indices(neuron).ToArray()));
            Assert.True((atoms.mv(residuals[neuron]).abs().max() / atoms.norm(1).max()).item<float>() < 1e-5f);
        }
    }

    [Fact]
    public void Progress_counts_to_the_end_and_a_stop_is_obeyed()
    {
        using var dictionary = TextDictionary.Create(Random(100, 6, seed: 12), DictionaryScaling.Feature);
        var directions = Random(600, 6, seed: 13);
        var reports = new Reports();
        Decompose(directions, dictionary, 3, reports);
        Assert.Equal(600, reports.Done[^1]);
        Assert.Equal(reports.Done.Order(), reports.Done);
        Assert.True(reports.Done.Count > 6);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            MatchingPursuit.Decompose(directions, dictionary, 3, cancellationToken: stop.Token));
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_refused()
    {
        using var dictionary = TextDictionary.Create(Random(100, 6, seed: 14), DictionaryScaling.Feature);
        var directions = Random(5, 6, seed: 15);
        directions[3, 2] = float.NaN;
        Assert.Contains("neuron 3", Assert.Throws<ClipLensException>(() => Decompose(directions, dictionary, 3)).Message);
        Assert.Throws<ClipLensException>(() => TextDictionary.Create(directions, DictionaryScaling.Unit));
        Assert.Throws<ClipLensException>(() => TextDictionary.Create(ones(1, 6), DictionaryScaling.Unit));
    }

    [Fact]
    public void Feature_scaling_divides_every_coordinate_and_unit_scaling_every_atom()
    {
        var embeddings = Random(500, 10, seed: 16) + arange(10) * 0.3;
        var unit = embeddings / embeddings.norm(1).unsqueeze(1);
        var centred = unit - unit.mean([0]);
        using var feature = TextDictionary.Create(embeddings * 7, DictionaryScaling.Feature);
        using var length = TextDictionary.Create(embeddings * 7, DictionaryScaling.Unit);
        Assert.True(feature.Atoms.allclose(100 * centred / centred.norm(0), 1e-4, 1e-5));
        Assert.True(length.Atoms.allclose(centred / centred.norm(1).unsqueeze(1), 1e-4, 1e-5));
    }

    /// <summary>The pursuit by the book: double precision, one direction, least squares by the normal equations.</summary>
    private static (int[] Indices, double[] Coefficients, double Residual) Textbook(Tensor direction, Tensor atoms, int size)
    {
        using var scope = NewDisposeScope();
        var x = direction.to(ScalarType.Float64);
        var all = atoms.to(ScalarType.Float64);
        var residual = x;
        var coefficients = x;
        var indices = new List<int>();
        for (int step = 0; step < size; step++)
        {
            indices.Add((int)all.mv(residual).abs().argmax().item<long>());
            var chosen = all.index_select(0, tensor(indices.ToArray()));
            coefficients = linalg.solve(chosen.mm(chosen.t()), chosen.mv(x));
            residual = x - chosen.t().mv(coefficients);
        }
        return ([.. indices], coefficients.data<double>().ToArray(), residual.norm().item<double>());
    }

    private static SparseCodes Decompose(Tensor directions, TextDictionary dictionary, int atoms, IProgress<int>? progress = null) =>
        MatchingPursuit.Decompose(directions, dictionary, atoms, progress, cancellationToken: TestContext.Current.CancellationToken);

    private static Tensor Random(int rows, int columns, int seed)
    {
        using var generator = new Generator((ulong)seed);
        return randn([rows, columns], generator: generator);
    }


    private static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    private sealed class Reports : IProgress<int>
    {
        public List<int> Done { get; } = [];

        public void Report(int value) => Done.Add(value);
    }
}
