using ClipLens.Explorer.Data;
using ClipLens.Neurons;
using ClipLens.Runs;
using static TorchSharp.torch;

namespace ClipLens.Explorer.Meaning;

/// <summary>Top images that are alike to the model.</summary>
/// <param name="Images">Their places among the neuron's top images, ascending.</param>
/// <param name="Words">Texts of the pool nearest to what they have in common, nearest first.</param>
/// <param name="Alike">Mean cosine of two of them.</param>
internal sealed record MeaningCluster(IReadOnlyList<int> Images, IReadOnlyList<string> Words, double? Alike);

/// <summary>
/// The meanings of a neuron: its top images joined, the most alike first (average linkage), until no two groups are more alike than one
/// pair in ten of images drawn at random.
/// </summary>
internal sealed class MeaningClusters : IDisposable
{
    /// <summary>Top images that are looked at.</summary>
    public const int Most = 40;

    private const int WordsShown = 4, PairsDrawn = 20_000, OnePairIn = 10, Least = 2;

    private readonly Tensor unit;
    private readonly float alike;
    private readonly NeuronVectors vectors;
    private readonly IReadOnlyList<string> words;

    /// <param name="run">The run, which has the representations of its images.</param>
    /// <param name="vectors">Its neurons and its pool.</param>
    /// <param name="texts">Its texts.</param>
    public MeaningClusters(RunDirectory run, NeuronVectors vectors, NeuronTexts texts)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        this.vectors = vectors;
        words = texts.Pool is { } pool ? run.PoolTexts(pool) : [];
        var whole = tensor(run.ImageRepresentations()!.Value.ToArray(), [run.Images.Count, run.Manifest.Model.EmbedDim]);
        long[] readable = [.. run.Images.Where(image => image.Error is null).Select(image => (long)image.Index)];
        var mean = whole.index_select(0, tensor(readable)).mean([0], keepdim: true);
        unit = nn.functional.normalize(whole - mean, 2, 1).DetachFromDisposeScope();
        alike = Threshold(readable);
    }

    /// <summary>The groups of the top images of neurons that lie side by side, the largest first; single images are left out.</summary>
    /// <param name="neurons">Their block.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">Neurons from there on.</param>
    public IReadOnlyList<IReadOnlyList<MeaningCluster>> Find(LayerNeurons neurons, int first, int count)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        List<Group>[] found = [.. Enumerable.Range(first, count).Select(neuron => Groups(neurons.TopImagesOf(neuron)))];
        // One product with the pool for all of them: a product for each would read the whole pool every time.
        var words = Words([.. found.SelectMany(groups => groups).Select(group => group.Middle)]);
        int next = 0;
        return [.. found.Select(groups => (IReadOnlyList<MeaningCluster>)[.. groups.Select(group =>
            new MeaningCluster(group.Places, words[next++], group.Alike))])];
    }

    public void Dispose() => unit.Dispose();

    private sealed record Group(IReadOnlyList<int> Places, Tensor Middle, double? Alike);

    private List<Group> Groups(ReadOnlySpan<int> topImages)
    {
        int count = Math.Min(Most, topImages.Length);
        var own = unit.index_select(0, tensor([.. topImages[..count].ToArray().Select(image => (long)image)]));
        float[] cosines = own.matmul(own.t()).contiguous().data<float>().ToArray();
        return [.. Join(cosines, count).Where(group => group.Count >= Least).OrderByDescending(group => group.Count)
            .ThenBy(group => group[0]).Select(group =>
            {
                double sum = group.Sum(a => group.Where(b => b > a).Sum(b => (double)cosines[a * count + b]));
                return new Group([.. group.Order()], own.index_select(0, tensor([.. group.Select(place => (long)place)])).mean([0]),
                    DataScript.Number(sum * 2 / (group.Count * (group.Count - 1)), 2));
            })];
    }

    /// <summary>The texts of the pool nearest to each of some directions.</summary>
    private List<string[]> Words(List<Tensor> directions)
    {
        if (vectors.Pool is not { } pool || directions.Count == 0) return [.. directions.Select(_ => Array.Empty<string>())];
        int shown = Math.Min(WordsShown, (int)pool.shape[0]);
        long[] best = stack(directions, 0).matmul(pool.t()).topk(shown, 1).indexes.contiguous().data<long>().ToArray();
        return [.. best.Chunk(shown).Select(places => places.Select(place => words[(int)place]).ToArray())];
    }

    /// <summary>Joins groups while the two most alike are alike enough.</summary>
    private List<List<int>> Join(float[] cosines, int count)
    {
        var groups = Enumerable.Range(0, count).Select(i => new List<int> { i }).ToList();
        double[,] sums = new double[count, count];
        for (int a = 0; a < count; a++)
            for (int b = 0; b < count; b++) sums[a, b] = cosines[a * count + b];
        while (groups.Count > 1)
        {
            var (best, a, b) = (double.NegativeInfinity, 0, 0);
            for (int i = 0; i < groups.Count; i++)
                for (int j = i + 1; j < groups.Count; j++)
                {
                    double mean = sums[groups[i][0], groups[j][0]] / (groups[i].Count * groups[j].Count);
                    if (mean > best) (best, a, b) = (mean, i, j);
                }
            if (best < alike) break;
            // The sums between two groups stand in the row and column of their first members.
            foreach (var other in groups)
            {
                sums[groups[a][0], other[0]] += sums[groups[b][0], other[0]];
                sums[other[0], groups[a][0]] = sums[groups[a][0], other[0]];
            }
            groups[a].AddRange(groups[b]);
            groups.RemoveAt(b);
        }
        return groups;
    }

    private float Threshold(long[] readable)
    {
        var random = new Compute.SeededRandom(0);
        long[] Draw() => [.. Enumerable.Range(0, PairsDrawn).Select(_ => readable[random.Below(readable.Length)])];
        var cosines = (unit.index_select(0, tensor(Draw())) * unit.index_select(0, tensor(Draw()))).sum(1);
        float[] sorted = [.. cosines.data<float>().ToArray().Where(cosine => cosine < 0.9999f).Order()];
        return sorted.Length == 0 ? 1 : sorted[sorted.Length - 1 - sorted.Length / OnePairIn];
    }
}
