namespace ClipLens.Statistics;

/// <summary>How closely two quantities go together.</summary>
internal static class Correlation
{
    /// <summary>Pearson's correlation; NaN if one of them does not vary.</summary>
    public static double Pearson(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double meanA = Mean(a), meanB = Mean(b), square = 0, squareA = 0, squareB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double x = a[i] - meanA, y = b[i] - meanB;
            (square, squareA, squareB) = (square + x * y, squareA + x * x, squareB + y * y);
        }
        return squareA > 0 && squareB > 0 ? square / Math.Sqrt(squareA * squareB) : double.NaN;
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum / values.Length;
    }
}
