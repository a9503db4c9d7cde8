namespace ClipLens.Neurons;

/// <summary>
/// How far the mean over a whole dataset may be from that of some of its images, for every neuron of a block. Only a guess, by which more
/// or fewer images are kept: whether those that are kept decide is found in the end.
/// </summary>
/// <param name="Spreads">Root mean square of the neurons' effects on the sample, centred by its mean: [N].</param>
/// <param name="Images">Images of the dataset.</param>
internal sealed record MeanDrift(float[] Spreads, int Images)
{
    private const float Deviations = 3;

    /// <summary>Takes in the sample's measurements for a neuron.</summary>
    public void Begin(int neuron, ReadOnlySpan<Measurement> measured)
    {
        double sum = 0;
        foreach (var own in measured) sum += Math.Max(0, own.First);
        Spreads[neuron] = (float)Math.Sqrt(sum / Math.Max(1, measured.Length));
    }

    /// <summary>Three times what the mean of so many images differs by from that of all.</summary>
    public float Ahead(int neuron, int images) =>
        Deviations * Spreads[neuron] * MathF.Sqrt(MathF.Max(0, 1f / Math.Max(1, images) - 1f / Math.Max(1, Images)));
}
