using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Tests.Support;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Tests.Texts;

/// <summary>scikit-learn's pursuit of 768 real directions over the 30,000 released words, in the released code's scaling.</summary>
public sealed class MatchingPursuitGoldenTests(MatchingPursuitGoldenTests.Words words) : IClassFixture<MatchingPursuitGoldenTests.Words>
{
    /// <summary>The dictionary and the two runs that the tests compare: all directions for 8 and 16 texts, 96 of them for 64.</summary>
    public sealed class Words : IDisposable
    {
        private readonly Lazy<TextDictionary> dictionary = new(Embed);
        private readonly Lazy<Dictionary<int, SparseCodes>> codes;

        public Words() => codes = new(() => Run(768, [8, 16]).Concat(Run(96, [64])).ToDictionary(codes => codes.Size));

        public TextDictionary Dictionary => dictionary.Value;

        public SparseCodes Codes(int size) => codes.Value[size];

        public void Dispose()
        {
            if (dictionary.IsValueCreated) dictionary.Value.Dispose();
        }

        private IReadOnlyList<SparseCodes> Run(int neurons, int[] sizes)
        {
            using var golden = SafeTensorsFile.Open(SharedData.Path("golden", "sparse-layer9.safetensors"));
            using var directions = golden.Load("pcas", 768, 192);
            using var first = directions.narrow(0, 0, neurons);
            return MatchingPursuit.Decompose(first, Dictionary, sizes, null, cancellationToken: TestContext.Current.CancellationToken);
        }

        private static TextDictionary Embed()
        {
            using var model = ClipModel.Load(SharedData.Path("models", "vit-tiny-lit"));
            using var embeddings = model.EmbedTexts(TextPool.FromFile(SharedData.Path("data", "words-30k.txt")).Texts);
            return TextDictionary.Create(embeddings, DictionaryScaling.Feature);
        }
    }

    [SharedFact]
    public void The_atoms_have_the_released_codes_lengths()
    {
        using var golden = SafeTensorsFile.Open(SharedData.Path("golden", "sparse-layer9.safetensors"));
        using var expected = golden.Load("dictionary_atom_norm", 30_000);
        using var scope = NewDisposeScope();
        var norms = words.Dictionary.Atoms.norm(1);
        Assert.InRange(((norms - expected).abs() / expected).max().item<float>(), 0, 1e-4);
    }

    [SharedTheory]
    [InlineData(8, 768)]
    [InlineData(16, 768)]
    [InlineData(64, 96)]
    public void Texts_and_coefficients_are_those_of_scikit_learn(int size, int neurons)
    {
        using var golden = SafeTensorsFile.Open(SharedData.Path("golden", "sparse-layer9.safetensors"));
        int[] indices = golden.Read<int>($"indices.m{size}");
        float[] coefficients = golden.ReadFloats($"coefficients.m{size}"), residuals = golden.ReadFloats($"residual_norm.m{size}");
        var codes = words.Codes(size);
        Assert.Equal(neurons, codes.Neurons);
        int same = 0;
        for (int neuron = 0; neuron < neurons; neuron++)
        {
            var ours = Enumerable.Range(0, size).Select(i => (codes.Indices(neuron)[i], codes.Coefficients(neuron)[i])).ToArray();
            var theirs = Enumerable.Range(neuron * size, size).Select(i => (indices[i], coefficients[i])).ToArray();
            if (!ours.Select(t => t.Item1).SequenceEqual(theirs.Select(t => t.Item1))) continue;
            same++;
            // Relative to the neuron's largest coefficient: they are some 0.03, so an absolute tolerance would say little.
            float largest = theirs.Max(t => MathF.Abs(t.Item2));
            Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.Second.Item2, pair.First.Item2, 1e-3f * largest));
            Assert.Equal(residuals[neuron], codes.ResidualNorms[neuron], 1e-3f * residuals[neuron]);
        }
        Assert.InRange(same, (int)Math.Ceiling(0.98 * neurons), neurons);
        TestContext.Current.TestOutputHelper?.WriteLine($"{same} of {neurons} neurons have the same texts in the same order.");
    }
}
