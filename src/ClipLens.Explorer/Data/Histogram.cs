namespace ClipLens.Explorer.Data;

/// <summary>How often values fall into bins of equal width.</summary>
/// <param name="Low">Where the first bin begins.</param>
/// <param name="High">Where the last bin ends.</param>
/// <param name="Counts">Values a bin; those outside count in the bin next to them.</param>
internal sealed record Histogram(double Low, double High, IReadOnlyList<int> Counts)
{
    private const int Bins = 24;

    /// <summary>Counts values between two bounds.</summary>
    public static Histogram Count(IEnumerable<float> values, double low, double high)
    {
        int[] counts = new int[Bins];
        foreach (float value in values)
            if (float.IsFinite(value)) counts[high > low ? (int)Math.Clamp((value - low) / (high - low) * Bins, 0, Bins - 1) : 0]++;
        return new(Math.Round(low, 4), Math.Round(high, 4), counts);
    }
}
