using System.Globalization;

namespace ClipLens.Segmentation;

/// <summary>Where a heat map in [0, 1] is cut into a mask: at a fixed value, at its own mean, or where Otsu's method parts it
/// best.</summary>
public readonly record struct MaskThreshold
{
    private const int Bins = 256;
    private readonly Rule rule;
    private readonly float value;

    private MaskThreshold(Rule rule, float value = 0) => (this.rule, this.value) = (rule, value);

    private enum Rule
    {
        Fixed,
        Mean,
        Otsu,
    }

    /// <summary>The mean of the map.</summary>
    public static MaskThreshold Mean { get; } = new(Rule.Mean);

    /// <summary>The value that leaves the least variance within the two parts (Otsu 1979).</summary>
    public static MaskThreshold Otsu { get; } = new(Rule.Otsu);

    /// <summary>A value in [0, 1].</summary>
    public static MaskThreshold Fixed(float value) => value is >= 0 and <= 1 ? new(Rule.Fixed, value)
        : throw new ClipLensException($"The threshold {value.ToString(CultureInfo.InvariantCulture)} is outside the heat's range; give a "
        + "number from 0 to 1, mean or otsu.");

    /// <summary>Reads "mean", "otsu" or a number from 0 to 1.</summary>
    /// <exception cref="ClipLensException">It is none of these.</exception>
    public static MaskThreshold Parse(string text) => text switch
    {
        "mean" => Mean,
        "otsu" => Otsu,
        _ when float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) => Fixed(value),
        _ => throw new ClipLensException($"'{text}' is no threshold; give a number from 0 to 1, mean or otsu."),
    };

    /// <summary>The value above which a pixel is the object.</summary>
    public float ValueFor(ReadOnlySpan<float> heat) => rule switch
    {
        Rule.Mean => MeanOf(heat),
        Rule.Otsu => OtsuOf(heat),
        _ => value,
    };

    /// <inheritdoc/>
    public override string ToString() => rule switch
    {
        Rule.Mean => "mean",
        Rule.Otsu => "otsu",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static float MeanOf(ReadOnlySpan<float> heat)
    {
        double sum = 0;
        foreach (float one in heat) sum += one;
        return (float)(sum / Math.Max(1, heat.Length));
    }

    private static float OtsuOf(ReadOnlySpan<float> heat)
    {
        Span<int> counts = stackalloc int[Bins];
        double sum = 0;
        foreach (float one in heat)
        {
            int bin = Math.Clamp((int)(one * Bins), 0, Bins - 1);
            counts[bin]++;
            sum += bin;
        }
        (double below, double sumBelow, double best) = (0, 0, -1);
        int cut = 0;
        for (int bin = 0; bin < Bins - 1; bin++)
        {
            below += counts[bin];
            sumBelow += (double)bin * counts[bin];
            double above = heat.Length - below;
            if (below == 0 || above == 0) continue;
            double apart = sumBelow / below - (sum - sumBelow) / above, between = below * above * apart * apart;
            if (between > best) (best, cut) = (between, bin);
        }
        return (cut + 1f) / Bins;
    }
}
