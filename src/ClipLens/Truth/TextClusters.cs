using ClipLens.Compute;
using ClipLens.Statistics;
using static TorchSharp.torch;

namespace ClipLens.Truth;

/// <summary>Texts of a neuron that say nearly the same.</summary>
/// <param name="Name">Place in the neuron's list of the text with the largest share.</param>
/// <param name="Texts">Places in the neuron's list, the largest share first.</param>
/// <param name="Share">Share of the description that the texts make up; the shares of all clusters add up to 1, and one can be
/// negative.</param>
internal sealed record TextCluster(int Name, IReadOnlyList<int> Texts, double Share);

/// <summary>
/// The concepts of a neuron: its texts, clustered by their embeddings (average linkage). A neuron with several large clusters is
/// polysemous.
/// </summary>
internal static class TextClusters
{
    /// <summary>Random pairs of texts whose cosine is below this share's quantile count as unrelated.</summary>
    private const double Unrelated = 0.99;

    private const int Pairs = 10_000;

    /// <summary>The cosine above which texts of a pool count as related: few random pairs have it.</summary>
    /// <param name="atoms">Unit atoms of the pool: [M, d].</param>
    /// <param name="seed">Seed of the pairs.</param>
    public static double RelatedCosine(Tensor atoms, ulong seed = 0)
    {
        using var scope = NewDisposeScope();
        var random = new SeededRandom(seed);
        int count = (int)atoms.shape[0];
        long[] first = new long[Pairs], second = new long[Pairs];
        for (int i = 0; i < Pairs; i++)
        {
            first[i] = random.Below(count);
            second[i] = (first[i] + 1 + random.Below(count - 1)) % count;
        }
        float[] cosines = (atoms.index_select(0, tensor(first)) * atoms.index_select(0, tensor(second))).sum(1).Floats().ToArray();
        return Quantiles.OfSorted([.. cosines.Select(cosine => (double)cosine).Order()], Unrelated);
    }

    /// <summary>Clusters a neuron's texts.</summary>
    /// <param name="atoms">Unit atoms of the neuron's m texts: [m, d].</param>
    /// <param name="coefficients">Their coefficients; an atom with a negative one stands for its opposite.</param>
    /// <param name="related">Mean cosine at which clusters are joined.</param>
    /// <returns>Clusters, the largest share first.</returns>
    public static IReadOnlyList<TextCluster> Cluster(Tensor atoms, IReadOnlyList<float> coefficients, double related)
    {
        using var scope = NewDisposeScope();
        var signed = atoms * tensor(coefficients.Select(own => own < 0 ? -1f : 1f).ToArray()).unsqueeze(1);
        float[] cosines = signed.matmul(signed.t()).contiguous().Floats().ToArray();
        var parts = atoms * tensor(coefficients.ToArray()).unsqueeze(1);
        var whole = parts.sum(dim: 0);
        float[] shares = (parts.matmul(whole) / whole.square().sum().clamp_min(1e-30)).Floats().ToArray();
        return [.. Join(cosines, coefficients.Count, related)
            .Select(cluster => cluster.OrderByDescending(text => shares[text]).ThenBy(text => text).ToList())
            .Select(cluster => new TextCluster(cluster[0], cluster, cluster.Sum(text => (double)shares[text])))
            .OrderByDescending(cluster => cluster.Share).ThenBy(cluster => cluster.Name)];
    }

    /// <summary>How many concepts a neuron has: the exponential of the entropy of the clusters' shares, so 1 for one cluster and n for n
    /// equal ones.</summary>
    public static double EffectiveNumber(IReadOnlyList<TextCluster> clusters)
    {
        double[] shares = [.. clusters.Select(cluster => Math.Max(0, cluster.Share))];
        double total = shares.Sum();
        return Math.Exp(-shares.Where(share => share > 0).Sum(share => share / total * Math.Log(share / total)));
    }

    /// <summary>Joins the two clusters of the largest mean cosine until none reaches <paramref name="related"/>; of equals the
    /// first.</summary>
    private static IEnumerable<List<int>> Join(float[] cosines, int count, double related)
    {
        var clusters = Enumerable.Range(0, count).Select(text => new List<int> { text }).ToArray();
        var means = new double[count, count];
        for (int i = 0; i < count; i++)
            for (int j = 0; j < count; j++) means[i, j] = cosines[i * count + j];
        while (Closest(clusters, means, related) is var (a, b) && a >= 0)
        {
            double sizeA = clusters[a].Count, sizeB = clusters[b].Count;
            for (int other = 0; other < count; other++)
                means[a, other] = means[other, a] = (sizeA * means[a, other] + sizeB * means[b, other]) / (sizeA + sizeB);
            clusters[a].AddRange(clusters[b]);
            clusters[b] = [];
        }
        return clusters.Where(cluster => cluster.Count > 0);
    }

    private static (int First, int Second) Closest(List<int>[] clusters, double[,] means, double related)
    {
        var (best, first, second) = (related, -1, -1);
        for (int i = 0; i < clusters.Length; i++)
        {
            if (clusters[i].Count == 0) continue;
            for (int j = i + 1; j < clusters.Length; j++)
                if (clusters[j].Count > 0 && means[i, j] > best) (best, first, second) = (means[i, j], i, j);
        }
        return (first, second);
    }
}
