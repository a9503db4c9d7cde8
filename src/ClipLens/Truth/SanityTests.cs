using ClipLens.Compute;

namespace ClipLens.Truth;

/// <summary>
/// The two sanity tests that NeuronEval (Oikarinen, Yan and Weng, ICML 2025) puts to scores of descriptions: a score must fall if half of
/// what a description claims is taken away, and if as much again is claimed falsely. A description claims the tenth of the images of which
/// it says most.
/// </summary>
internal static class SanityTests
{
    private const int Tenth = 10;

    /// <summary>What a description says, with half of the images that it claims made as if it said nothing of them.</summary>
    public static float[] WithoutHalf(float[] said, SeededRandom random)
    {
        var (claimed, rest) = Claims(said);
        float[] changed = [.. said];
        int[] dropped = random.Choose(claimed.Length, claimed.Length / 2);
        float least = rest.Length > 0 ? said[rest[^1]] : said.Min();
        foreach (int i in dropped) changed[claimed[i]] = least;
        return changed;
    }

    /// <summary>What a description says, with as many other images claimed as strongly as those that it claims.</summary>
    public static float[] WithFalse(float[] said, SeededRandom random)
    {
        var (claimed, rest) = Claims(said);
        float[] changed = [.. said];
        int[] added = random.Choose(rest.Length, Math.Min(claimed.Length, rest.Length));
        for (int i = 0; i < added.Length; i++) changed[rest[added[i]]] = said[claimed[i]];
        return changed;
    }

    /// <summary>The images that a description claims and the others, the most strongly claimed first.</summary>
    private static (int[] Claimed, int[] Others) Claims(float[] said)
    {
        int[] order = [.. Enumerable.Range(0, said.Length).OrderByDescending(image => said[image]).ThenBy(image => image)];
        int count = Math.Max(2, said.Length / Tenth);
        return (order[..count], order[count..]);
    }
}
