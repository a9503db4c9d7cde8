using ClipLens.Models.Configuration;

namespace ClipLens.Models.Images;

/// <summary>
/// Pillow's weights for a resize along one side (<c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c> of its Resample.c):
/// Catmull-Rom (a = -0.5) for bicubic and a triangle for bilinear, stretched by the scale when shrinking, cut at the image's border,
/// summing to one, then rounded to 22-bit fixed point.
/// </summary>
internal sealed class ResizeWeights
{
    /// <summary>Bits behind the binary point: 32 less 8 of the pixel and 2 of head room.</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    /// <summary>For the <paramref name="count"/> outputs from <paramref name="first"/> on, of a side resized from
    /// <paramref name="inSize"/> to
    /// <paramref name="outSize"/>.</summary>
    public ResizeWeights(int inSize, long outSize, long first, int count, Interpolation interpolation = Interpolation.Bicubic)
    {
        bool isCubic = interpolation == Interpolation.Bicubic;
        double scale = (double)inSize / outSize, stretch = Math.Max(scale, 1.0), support = (isCubic ? 2.0 : 1.0) * stretch;
        // One more than there can be makes it even: the pass along the rows takes two at a time.
        MaxTaps = (int)Math.Ceiling(support) * 2 + 2;
        (First, Taps, Values) = (new int[count], new int[count], new int[count * MaxTaps]);
        double[] weights = new double[MaxTaps];
        for (int i = 0; i < count; i++)
        {
            double center = (first + i + 0.5) * scale;
            First[i] = Math.Max((int)(center - support + 0.5), 0);
            Taps[i] = Math.Min((int)(center + support + 0.5), inSize) - First[i];
            Fill(weights.AsSpan(0, Taps[i]), First[i], center, 1.0 / stretch, isCubic, Values.AsSpan(i * MaxTaps));
        }
    }

    /// <summary>First input of each output.</summary>
    public int[] First { get; }

    /// <summary>Inputs of each output.</summary>
    public int[] Taps { get; }

    /// <summary>Weights of each output, <see cref="MaxTaps"/> places apart; zero behind its taps.</summary>
    public int[] Values { get; }

    /// <summary>Places of an output in <see cref="Values"/>; even.</summary>
    public int MaxTaps { get; }

    private static void Fill(Span<double> weights, int first, double center, double perTap, bool isCubic, Span<int> rounded)
    {
        double sum = 0.0;
        for (int i = 0; i < weights.Length; i++) sum +=
            weights[i] = isCubic ? Cubic((i + first - center + 0.5) * perTap)
            : Math.Max(1 - Math.Abs((i + first - center + 0.5) * perTap), 0);
        for (int i = 0; i < weights.Length; i++)
        {
            double scaled = weights[i] / sum * (1 << PrecisionBits);
            rounded[i] = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
        }
    }

    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
        if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
        return 0.0;
    }
}
