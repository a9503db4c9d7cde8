using ClipLens.Explorer.Data;
using ClipLens.Neurons;
using ClipLens.Runs;

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
internal sealed class MeaningClusters
{
    /// <summary>Top images that are looked at.</summary>
    public const int Most = 40;

    private const int WordsShown = 4, PairsDrawn = 20_000, OnePairIn = 10, Least = 2;

    private readonly float[] unit;
    private readonly int width;
    private readonly float alike;
    private readonly NeuronVectors vectors;
    private readonly PageTexts texts;

    /// <param name="run">The run, which has the representations of its images.</param>
    /// <param name="vectors">Its neurons and its pool.</param>
    /// <param name="texts">Its texts.</param>
    public MeaningClusters(RunDirectory run, NeuronVectors vectors, PageTexts texts)
    {
        (this.vectors, this.texts, width, unit) = (vectors, texts, vectors.Width, run.ImageRepresentations()!.Value.ToArray());
        int[] readable = [.. run.Images.Where(image => image.Error is null).Select(image => image.Index)];
        float[] mean = Mean(unit, width, readable);
        for (int image = 0; image < run.Images.Count; image++)
            Rows.Centre(unit.AsSpan(image * width, width), mean);
        alike = Threshold(readable);
    }

    /// <summary>The mean of some rows of a matrix.</summary>
    public static float[] Mean(ReadOnlySpan<float> rows, int width, IEnumerable<int> places)
    {
        double[] sum = new double[width];
        int count = 0;
        foreach (int place in places)
        {
            var row = rows.Slice(place * width, width);
            for (int k = 0; k < width; k++) sum[k] += row[k];
            count++;
        }
        return Array.ConvertAll(sum, value => (float)(value / Math.Max(1, count)));
    }

    /// <summary>The groups of the top images of neurons that lie side by side, the largest first; single images are left out.</summary>
    /// <param name="neurons">Their block.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">Neurons from there on.</param>
    public IReadOnlyList<IReadOnlyList<MeaningCluster>> Find(LayerNeurons neurons, int first, int count)
    {
        List<Group>[] found = new List<Group>[count];
        Parallel.For(0, count, i => found[i] = Groups(neurons.TopImagesOf(first + i)));
        // All of them with the pool at once: it would be read for each.
        var words = Words([.. found.SelectMany(groups => groups).Select(group => group.Middle)]);
        int next = 0;
        return [.. found.Select(groups => (IReadOnlyList<MeaningCluster>)[.. groups.Select(group =>
            new MeaningCluster(group.Places, words[next++], group.Alike))])];
    }

    private sealed record Group(IReadOnlyList<int> Places, float[] Middle, double? Alike);

    private List<Group> Groups(ReadOnlySpan<int> topImages)
    {
        int[] images = topImages[..Math.Min(Most, topImages.Length)].ToArray();
        float[] cosines = new float[images.Length * images.Length];
        for (int a = 0; a < images.Length; a++)
            for (int b = 0; b < images.Length; b++) cosines[a * images.Length + b] = Rows.Dot(Row(images[a]), Row(images[b]));
        return [.. Join(cosines, images.Length).Where(group => group.Count >= Least).OrderByDescending(group => group.Count)
            .ThenBy(group => group[0]).Select(group =>
            {
                double sum = group.Sum(a => group.Where(b => b > a).Sum(b => (double)cosines[a * images.Length + b]));
                return new Group([.. group.Order()], Mean(unit, width, group.Select(place => images[place])),
                    DataScript.Number(sum * 2 / (group.Count * (group.Count - 1)), 2));
            })];
    }

    private ReadOnlySpan<float> Row(int image) => unit.AsSpan(image * width, width);

    /// <summary>The texts of the pool nearest to each of some directions.</summary>
    private List<string[]> Words(IReadOnlyList<float[]> directions)
    {
        if (vectors.Pool is not { } pool || directions.Count == 0) return [.. directions.Select(_ => Array.Empty<string>())];
        return [.. pool.Table.Compare(directions, (_, cosines) => Nearest.Largest(cosines, WordsShown)
            .Select(place => texts.Words[place]).ToArray())];
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

    private float Threshold(int[] readable)
    {
        var random = new Compute.SeededRandom(0);
        int[] Draw() => [.. Enumerable.Range(0, PairsDrawn).Select(_ => readable[random.Below(readable.Length)])];
        float[] sorted = [.. Draw().Zip(Draw(), (a, b) => Rows.Dot(Row(a), Row(b))).Where(cosine => cosine < 0.9999f).Order()];
        return sorted.Length == 0 ? 1 : sorted[sorted.Length - 1 - sorted.Length / OnePairIn];
    }
}
