using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Texts;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>One way to describe neurons.</summary>
/// <param name="Top">Number k of top images that a direction is made of.</param>
/// <param name="Pool">The text pool; null for the direction itself, without texts.</param>
/// <param name="Scaling">How the pool became a dictionary.</param>
/// <param name="Size">Texts a neuron.</param>
public sealed record SensitivityCase(int Top, string? Pool, DictionaryScaling Scaling, int Size)
{
    /// <summary>What the ablation of this choice is called.</summary>
    public string Name => Pool is null ? $"top {Top}" : $"top {Top}, {Pool}, {Scaling}, {Size}";
}

/// <summary>The ways to describe neurons that are compared.</summary>
/// <param name="Neurons">The neurons of every block for every number of top images among the cases.</param>
/// <param name="Pools">The pools among the cases.</param>
/// <param name="Cases">The cases.</param>
internal sealed record SensitivityPlan(IReadOnlyList<LayerNeurons> Neurons, IReadOnlyList<EmbeddedPool> Pools,
    IReadOnlyList<SensitivityCase> Cases)
{
    /// <summary>The embeddings of one of the pools.</summary>
    public Tensor Embeddings(string pool) => Pools.First(own => own.Name == pool).Embeddings;
}

/// <summary>How well a way to describe the neurons of a block reconstructs them on images that it has not seen.</summary>
/// <param name="Layer">The block.</param>
/// <param name="Case">The way.</param>
/// <param name="Cosine">Mean over neurons of the cosine between direction and reconstruction.</param>
/// <param name="Random">The same for random directions: what so many texts of the pool reconstruct of anything; NaN without texts.</param>
/// <param name="Explained">Share of the squared centred effects of all images that lies along the reconstruction.</param>
/// <param name="ExplainedSignificant">The same on the images where the neuron is significant (by the threshold of the first case).</param>
/// <param name="Scores">Classification with every effect replaced by its reconstruction.</param>
internal sealed record SensitivityRow(int Layer, SensitivityCase Case, double Cosine, double Random, double Explained,
    double ExplainedSignificant, ImageScores Scores);

/// <summary>What the choices behind a description do to it: number of top images, text pool, scaling of the dictionary, number of
/// texts.</summary>
internal static class Sensitivity
{
    private const int RandomDirections = 256;

    /// <summary>Measures cases on held-out images; one forward pass an image for all blocks and cases.</summary>
    /// <param name="tower">The image tower.</param>
    /// <param name="plan">What is compared.</param>
    /// <param name="images">Held-out images.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="classifier">[d, C].</param>
    /// <param name="options">How it is run.</param>
    /// <returns>The ablation, for its baseline, and a row a block and case.</returns>
    public static (AblationOutcome Ablation, IReadOnlyList<SensitivityRow> Rows) Measure(ImageTower tower, SensitivityPlan plan,
        ImageBatchReader images, IReadOnlyList<int> labels, Tensor classifier, WorkOptions options)
    {
        using var scope = NewDisposeScope();
        var cases = plan.Cases;
        var layers = plan.Neurons.GroupBy(own => own.Layer)
            .Select(group => new AblationLayer(group.First(own => own.Top == cases[0].Top), Sets(group, plan, options))).ToList();
        var outcome = LayerAblation.Run(tower, images, labels, classifier, layers, new(), options);
        var random = RandomCosines(tower.EmbedDim, plan, options);
        var rows = new List<SensitivityRow>();
        foreach (var (layer, result) in layers.Zip(outcome.Layers))
            for (int i = 0; i < cases.Count; i++)
            {
                using var directions = plan.Neurons.First(own => own.Layer == result.Layer && own.Top == cases[i].Top).DirectionTensor();
                double cosine = nn.functional.cosine_similarity(directions, layer.Sets[i].Directions, 1).mean().item<float>();
                rows.Add(new(result.Layer, cases[i], cosine, random.GetValueOrDefault(cases[i] with { Top = 0 }, double.NaN),
                    result.Neurons.Explained(i, false), result.Neurons.Explained(i, true),
                    result.Scores[cases[i].Name]));
            }
        return (outcome, rows);
    }

    /// <summary>The sets of directions of a block, one a case; each pool, scaling and number of top images is decomposed once, for all
    /// sizes.</summary>
    private static List<DirectionSet> Sets(IEnumerable<LayerNeurons> layer, SensitivityPlan plan, WorkOptions options)
    {
        var byTop = layer.ToDictionary(own => own.Top);
        var sets = new Dictionary<SensitivityCase, Tensor>();
        foreach (var group in plan.Cases.Distinct().GroupBy(own => (own.Top, own.Pool, own.Scaling)))
        {
            var directions = byTop[group.Key.Top].DirectionTensor();
            if (group.Key.Pool is null)
            {
                foreach (var own in group) sets[own] = directions;
                continue;
            }
            using var dictionary = TextDictionary.Create(plan.Embeddings(group.Key.Pool), group.Key.Scaling);
            var stage = new StageProgress(options.Progress, $"Texts of layer {byTop[group.Key.Top].Layer}", byTop[group.Key.Top].Count);
            var codes = MatchingPursuit.Decompose(directions, dictionary, [.. group.Select(own => own.Size)], stage, options.Workers,
                options.Cancellation);
            foreach (var (own, code) in group.Zip(codes)) sets[own] = code.Reconstruct(dictionary);
        }
        return [.. plan.Cases.Select(own => new DirectionSet(own.Name, sets[own]))];
    }

    /// <summary>Mean cosine of random directions and their reconstructions, by case without its number of top images.</summary>
    private static Dictionary<SensitivityCase, double> RandomCosines(int width, SensitivityPlan plan, WorkOptions options)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0, CPU);
        var directions = nn.functional.normalize(randn(RandomDirections, width, generator: generator), 2, 1);
        var cosines = new Dictionary<SensitivityCase, double>();
        foreach (var group in plan.Cases.Where(own => own.Pool is not null).Select(own => own with { Top = 0 }).Distinct()
            .GroupBy(own => (own.Pool, own.Scaling)))
        {
            using var dictionary = TextDictionary.Create(plan.Embeddings(group.Key.Pool!), group.Key.Scaling);
            var codes = MatchingPursuit.Decompose(directions, dictionary, [.. group.Select(own => own.Size)], null, options.Workers,
                options.Cancellation);
            foreach (var (own, code) in group.Zip(codes))
                cosines[own] = nn.functional.cosine_similarity(directions, code.Reconstruct(dictionary), 1).mean().item<float>();
        }
        return cosines;
    }
}
