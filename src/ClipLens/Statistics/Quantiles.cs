namespace ClipLens.Statistics;

/// <summary>Quantiles with linear interpolation between neighbours.</summary>
public static class Quantiles
{
    /// <summary>A quantile.</summary>
    /// <param name="sorted">Values in ascending order, at least one.</param>
    /// <param name="share">Which quantile, 0 to 1.</param>
    internal static double OfSorted(IReadOnlyList<double> sorted, double share)
    {
        double place = share * (sorted.Count - 1);
        int low = (int)place;
        return low + 1 < sorted.Count ? sorted[low] + (place - low) * (sorted[low + 1] - sorted[low]) : sorted[low];
    }

    /// <summary>A distribution in a few numbers; null of no values. NaN values are left out.</summary>
    /// <param name="values">The values.</param>
    public static Distribution? Describe(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Order()];
        return sorted.Length == 0 ? null : new(sorted.Length, sorted.Average(), OfSorted(sorted, 0.1), OfSorted(sorted, 0.25),
            OfSorted(sorted, 0.5), OfSorted(sorted, 0.75), OfSorted(sorted, 0.9));
    }
}

/// <summary>A distribution in a few numbers.</summary>
/// <param name="Count">Values.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Tenth">The 10 % quantile.</param>
/// <param name="Quarter">The 25 % quantile.</param>
/// <param name="Median">The median.</param>
/// <param name="ThreeQuarters">The 75 % quantile.</param>
/// <param name="Ninetieth">The 90 % quantile.</param>
public sealed record Distribution(int Count, double Mean, double Tenth, double Quarter, double Median, double ThreeQuarters,
    double Ninetieth);
