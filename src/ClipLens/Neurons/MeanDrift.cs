namespace ClipLens.Neurons;

/// <summary>
/// How far the mean over a whole dataset may be from that of some of its images. Only a guess, by which more or fewer images are kept for a
/// neuron: whether those that are kept decide is found in the end.
/// </summary>
internal static class MeanDrift
{
    private const float Deviations = 3;

    /// <summary>Three times what the mean of some images differs by from that of all, in terms of the <see cref="Spread"/>.</summary>
    public static float Ahead(int some, int all) =>
        Deviations * MathF.Sqrt(MathF.Max(0, 1f / Math.Max(1, some) - 1f / Math.Max(1, all)));

    /// <summary>Root mean square of a neuron's effects on the sample, centred by its mean.</summary>
    public static float Spread(ReadOnlySpan<Measurement> measured)
    {
        double sum = 0;
        foreach (var own in measured) sum += Math.Max(0, own.First);
        return (float)Math.Sqrt(sum / Math.Max(1, measured.Length));
    }
}
