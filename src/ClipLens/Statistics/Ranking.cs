namespace ClipLens.Statistics;

/// <summary>How well scores put some items before others: the area under the ROC curve.</summary>
internal static class Ranking
{
    /// <summary>Ranks from 1 in ascending order; equal values share the mean of their ranks.</summary>
    public static float[] Ranks(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var ranks = new float[sorted.Length];
        for (int start = 0; start < sorted.Length;)
        {
            int end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start]) end++;
            for (int i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2f;
            start = end;
        }
        return ranks;
    }

    /// <summary>
    /// The chance that a positive item has the larger score of a random positive and a random negative one, ties counted half; NaN if there
    /// are no positive or no negative items.
    /// </summary>
    /// <param name="ranks">Ranks of all items.</param>
    /// <param name="positive">Which items are positive.</param>
    public static double AreaUnderCurve(ReadOnlySpan<float> ranks, IReadOnlyList<int> positive)
    {
        double count = positive.Count, others = ranks.Length - count, sum = 0;
        if (count == 0 || others == 0) return double.NaN;
        foreach (int item in positive) sum += ranks[item];
        return (sum - count * (count + 1) / 2) / (count * others);
    }

    /// <summary>
    /// The mean over the positive items of the share of positives among the items of at least their score: the area under the curve of
    /// precision against recall, the share of positives for scores that tell nothing. NaN if there are no positive items. Items of one
    /// score count together.
    /// </summary>
    /// <param name="ranks">Ranks of all items, see <see cref="Ranks"/>.</param>
    /// <param name="positive">Which items are positive.</param>
    public static double AveragePrecision(ReadOnlySpan<float> ranks, IReadOnlyList<int> positive)
    {
        if (positive.Count == 0) return double.NaN;
        float[] all = ranks.ToArray(), own = [.. positive.Select(item => all[item]).OrderDescending()];
        Array.Sort(all);
        double sum = 0;
        for (int start = 0; start < own.Length;)
        {
            int end = start + 1;
            while (end < own.Length && own[end] == own[start]) end++;
            int above = all.Length - LowerBound(all, own[start]);
            sum += (end - start) * ((double)end / above);
            start = end;
        }
        return sum / own.Length;
    }

    /// <summary>Place of the first value that is not below another.</summary>
    private static int LowerBound(float[] sorted, float value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < value) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
