using System.Diagnostics;
using ClipLens.Compute;
using ClipLens.Neurons;
using ClipLens.Texts;
using ClipLens.Texts.ActsOn;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>What a method says of a block's neurons.</summary>
/// <param name="Directions">A direction of the joint space a neuron, whose inner product with an image's representation is what the method
/// says of the image; zero where it says nothing: float64 [N, d].</param>
/// <param name="Texts">Texts of each neuron; null for a method that is not in words.</param>
internal sealed record MethodDescriptions(Tensor Directions, IReadOnlyList<int>? Texts)
{
    /// <summary>Seconds of work that another method had done already and that this one would have had to do by itself.</summary>
    public double SharedSeconds { get; init; }
}

/// <summary>Descriptions of one block's neurons by several methods, all from the same images and texts.</summary>
/// <param name="layer">The block's neurons.</param>
/// <param name="parts">Moments over the parts of the run's images.</param>
/// <param name="representations">Unit representations of the run's images: [images, d].</param>
/// <param name="pool">The texts.</param>
/// <param name="writes">What the neurons write, as the run has it: the sums of their texts [N, d] and how many.</param>
/// <param name="seed">Seed of random texts and partners.</param>
/// <param name="workers">Threads; the number of cores if null.</param>
internal sealed class DescriptionMethods(LayerNeurons layer, IReadOnlyList<BehaviourMoments> parts, Tensor representations,
    DescribingPool pool, MethodDescriptions? writes, ulong seed, int? workers = null)
{
    /// <summary>The texts of the run's own method, stopped where no further one adds.</summary>
    public const string ActsOn = "acts_on";

    /// <summary>Ridge of the linear read-out, as a share of the covariance's mean.</summary>
    private const double ReadoutRidge = 1;

    private const int MostSteps = 8;

    private readonly BehaviourMoments all = BehaviourMoments.Pool(parts);
    private MethodDescriptions? actsOn;
    private (IReadOnlyList<ActingStep>[] Steps, double Seconds)? pursuit;

    /// <summary>The methods in the order of tables.</summary>
    public IReadOnlyList<(string Name, Func<CancellationToken, MethodDescriptions> Describe)> All =>
    [
        (ActsOn, stop => actsOn ??= Acting(ActingTexts.Find(parts, pool.Dictionary, pool.IsVisible, null, workers, stop))),
        ("acts_on_1", stop => Steps(1, stop)),
        ("acts_on_4", stop => Steps(4, stop)),
        ("acts_on_8", stop => Steps(MostSteps, stop)),
        .. writes is null ? Array.Empty<(string, Func<CancellationToken, MethodDescriptions>)>() : [("writes", _ => writes)],
        ("direction", _ => new(layer.DirectionTensor().to(ScalarType.Float64), null)),
        ("difference", _ => Single(Others.Difference(all, pool.Dictionary))),
        ("mean_top_images", _ => Single(Others.MeanTopImages())),
        ("clip_dissect", stop => Single(Others.SoftWpmi(workers, stop))),
        ("random", _ => Single([.. Enumerable.Repeat(new SeededRandom(seed), layer.Count)
        .Select(random => random.Below(pool.Dictionary.Count))])),
        ("other_neuron", OtherNeuron),
        ("linear_readout", _ => new(all.LinearReadout(ReadoutRidge), null)),
    ];

    private SingleTexts Others => new(layer, representations, pool.Unit);

    /// <summary>The texts of so many steps; one pursuit of the most holds those of fewer, and every size is told what it took.</summary>
    private MethodDescriptions Steps(int size, CancellationToken stop)
    {
        double shared = pursuit?.Seconds ?? 0;
        var clock = Stopwatch.StartNew();
        pursuit ??= (ActingTexts.All(all, pool.Dictionary, pool.IsVisible, MostSteps, null, workers, stop), clock.Elapsed.TotalSeconds);
        var steps = pursuit.Value.Steps;
        return Acting(ActingTexts.Codes(steps, [.. steps.Select(_ => size)])) with { SharedSeconds = shared };
    }

    private MethodDescriptions Acting(SparseCodes codes) => new(ActingTexts.Directions(codes, all, pool.Dictionary),
        [.. Enumerable.Range(0, codes.Neurons).Select(neuron => codes.Texts(neuron).Count())]);

    private MethodDescriptions Single(int[] texts) =>
        new(pool.Dictionary.Atoms.index_select(0, tensor(texts.Select(text => (long)text).ToArray())).to(ScalarType.Float64),
        [.. texts.Select(_ => 1)]);

    /// <summary>The floor: every neuron gets the texts of another one of the block.</summary>
    private MethodDescriptions OtherNeuron(CancellationToken stop)
    {
        var own = All[0].Describe(stop);
        int[] partners = new SeededRandom(seed).Derangement(layer.Count);
        return new(own.Directions.index_select(0, tensor(partners.Select(partner => (long)partner).ToArray())),
            [.. partners.Select(partner => own.Texts![partner])]);
    }
}

/// <summary>A pool as descriptions need it. It owns the tensors.</summary>
/// <param name="Dictionary">The texts less their mean, of unit length.</param>
/// <param name="Unit">The texts' unit embeddings: [M, d].</param>
/// <param name="IsVisible">Which name something that a person can see.</param>
internal sealed record DescribingPool(TextDictionary Dictionary, Tensor Unit, IReadOnlyList<bool> IsVisible) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Dictionary.Dispose();
        Unit.Dispose();
    }
}
