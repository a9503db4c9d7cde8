using ClipLens.Explorer.Data;
using ClipLens.Neurons;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Studies;

/// <summary>
/// Two runs side by side: each neuron of one beside the neuron of the other whose effects go most with its own over the images that both
/// have seen (Pearson's correlation of the norms).
/// </summary>
/// <param name="Model">The model of this run.</param>
/// <param name="Other">The model of the other.</param>
/// <param name="Images">Images of both samples.</param>
/// <param name="Chance">The correlation that one in a hundred neurons would find by chance, with the images of one run shuffled.</param>
/// <param name="Correlations">How the best correlations of this run's neurons are distributed.</param>
/// <param name="Counts">Neurons of this run, of the other, and those that are each other's best and better than chance.</param>
/// <param name="Same">Pairs of neurons that do the same most.</param>
/// <param name="Gone">Neurons of this run that the other has nothing like.</param>
/// <param name="Come">Neurons of the other run that this one has nothing like.</param>
/// <param name="Edit">What was edited, where one of the models is an edited one.</param>
internal sealed record ComparisonData(string Model, string Other, int Images, double? Chance, Histogram Correlations,
    IReadOnlyList<int> Counts,
    IReadOnlyList<ComparedPair> Same, IReadOnlyList<ComparedPair> Gone, IReadOnlyList<ComparedPair> Come, EditData? Edit)
{
    private const int Shown = 12, LeastImages = 12, Chunk = 512;

    /// <summary>Compares two runs.</summary>
    /// <exception cref="ClipLensException">They have too few images in common, or no portraits.</exception>
    public static ComparisonData Read(RunSources own, RunSources other)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (mine, theirs, images) = Common(own, other);
        var (forth, best) = Best(mine, theirs);
        var (back, bestBack) = Best(theirs, mine);
        var shuffled = theirs.index_select(1, tensor(new Compute.SeededRandom(0).Shuffled(images).Select(i => (long)i).ToArray()));
        float[] chances = [.. Best(mine, shuffled).Values.Order()];
        float chance = chances[chances.Length - 1 - chances.Length / 100];
        int[] mutual = [.. Enumerable.Range(0, forth.Length).Where(i => bestBack[best[i]] == i && forth[i] > chance)];
        var toOwn = Indices(other.Run, own.Run);
        return new(OverviewData.LastPart(own.Run.Manifest.Model.Path), OverviewData.LastPart(other.Run.Manifest.Model.Path), images,
            DataScript.Number(chance, 3), Histogram.Count(forth, 0, 1), [forth.Length, back.Length, mutual.Length],
            [.. mutual.OrderByDescending(i => forth[i]).Take(Shown).Select(i => Pair(i, best[i], forth[i]))],
            [.. Enumerable.Range(0, forth.Length).OrderBy(i => forth[i]).Take(Shown).Select(i => Pair(i, best[i], forth[i]))],
            [.. Enumerable.Range(0, back.Length).OrderBy(i => back[i]).Take(Shown).Select(i => Pair(bestBack[i], i, back[i]))],
            EditData.Read(own.Run, other.Run));

        ComparedPair Pair(int here, int there, float correlation) => new(Card(own, here, null), Card(other, there, toOwn),
            DataScript.Number(correlation, 3));
    }

    /// <summary>Both runs' norms on the images that both have sampled, less their mean, of unit length: [n, images] each.</summary>
    private static (Tensor Mine, Tensor Theirs, int Images) Common(RunSources own, RunSources other)
    {
        var (here, there) = (SampleOf(own), SampleOf(other));
        string[] common = [.. here.Keys.Where(there.ContainsKey).Order(StringComparer.Ordinal)];
        if (common.Length < LeastImages)
            throw new ClipLensException($"The two runs have {common.Length} sampled images in common, too few to compare neurons by; make "
                + "both over the same images.");
        return (Norms(own, common.Select(hash => here[hash])), Norms(other, common.Select(hash => there[hash])), common.Length);
    }

    private static Dictionary<string, int> SampleOf(RunSources sources)
    {
        var portraits = sources.Run.Portraits(sources.Run.Layers[0])
            ?? throw new ClipLensException($"The neurons of the run {Path.GetFileName(sources.Run.Path)} are not looked at on all images "
            + "yet; wait until that is done, or give its model.");
        return portraits.Sample.Index().ToDictionary(own => sources.Run.Images[own.Item].Sha256, own => own.Index);
    }

    private static Tensor Norms(RunSources sources, IEnumerable<int> places)
    {
        var wanted = tensor(places.Select(place => (long)place).ToArray());
        var norms = cat([.. sources.Run.Layers.Select(layer =>
        {
            var own = sources.Run.Portraits(layer)!;
            return tensor(own.SampleNorms.ToArray(), [own.Count, own.Sample.Count]).index_select(1, wanted);
        })]);
        return nn.functional.normalize(norms - norms.mean([1], keepdim: true), 2, 1);
    }

    private static (float[] Values, int[] Places) Best(Tensor from, Tensor to)
    {
        var (values, places) = (new float[from.shape[0]], new int[from.shape[0]]);
        for (int first = 0; first < values.Length; first += Chunk)
        {
            using var scope = NewDisposeScope();
            var (best, where) = from.narrow(0, first, Math.Min(Chunk, values.Length - first)).matmul(to.t()).max(1);
            best.data<float>().ToArray().CopyTo(values, first);
            Array.ConvertAll(where.data<long>().ToArray(), place => (int)place).CopyTo(places, first);
        }
        return (values, places);
    }

    /// <summary>The images of one run as images of another, where that has them.</summary>
    private static Dictionary<int, int> Indices(RunDirectory from, RunDirectory to)
    {
        var known = to.Images.Where(image => image.Error is null).GroupBy(image => image.Sha256)
            .ToDictionary(own => own.Key, own => own.First().Index);
        return from.Images.Where(image => known.ContainsKey(image.Sha256)).ToDictionary(image => image.Index, image => known[image.Sha256]);
    }

    private static NeuronCard Card(RunSources sources, int place, Dictionary<int, int>? images)
    {
        var (layer, neuron) = sources.Vectors.At(place);
        var card = NeuronCard.Read(sources, new NeuronId(layer, neuron));
        return images is null ? card : card with { Images = [.. card.Images.Where(images.ContainsKey).Select(image => images[image])] };
    }
}

/// <summary>A neuron of this run and one of the other, and how their effects go together.</summary>
internal sealed record ComparedPair(NeuronCard Own, NeuronCard Other, double? Correlation);
