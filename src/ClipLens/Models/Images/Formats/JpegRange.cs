namespace ClipLens.Models.Images.Formats;

/// <summary>
/// Whether the numbers of a block of 8 x 8 values stay where every decoder reckons the same. libjpeg's fast routines add in 16 bits and
/// hold values at the ends of their range, its plain ones in 32 bits and let the values wrap: the two agree on whatever a camera or an
/// encoder writes, and show other colours where damage makes numbers too large.
/// </summary>
internal static class JpegRange
{
    // The samples, before 128 is added, that plain decoders cut to 0 and 255 rightly.
    private const int LeastSample = -512, MostSample = 511;

    private const int Bits = 13, FirstPass = 2;

    // round(x * 2^13), as in jidctint.c.
    private const int C0_298 = 2446, C0_390 = 3196, C0_541 = 4433, C0_765 = 6270, C0_899 = 7373, C1_175 = 9633, C1_501 = 12299,
        C1_847 = 15137, C1_961 = 16069, C2_053 = 16819, C2_562 = 20995, C3_072 = 25172;

    /// <summary>Whether a block is in range.</summary>
    /// <param name="block">Its 64 coefficients, in rows.</param>
    /// <param name="steps">What each is to be multiplied with, in rows.</param>
    public static bool Holds(ReadOnlySpan<short> block, ReadOnlySpan<int> steps)
    {
        // No sample is larger than a quarter of the sum of all.
        long sum = 0;
        for (int i = 0; i < 64; i++) sum += Math.Abs(block[i] * (long)steps[i]);
        if (sum < 4 * MostSample) return true;
        Span<long> values = stackalloc long[64];
        for (int i = 0; i < 64; i++)
        {
            values[i] = block[i] * (long)steps[i];
            if (!IsShort(values[i])) return false;
        }
        for (int column = 0; column < 8; column++) if (!Transform(values[column..], 8, Bits - FirstPass)) return false;
        for (int row = 0; row < 8; row++) if (!Transform(values[(8 * row)..], 1, Bits + FirstPass + 3)) return false;
        foreach (long value in values) if (value is < LeastSample or > MostSample) return false;
        return true;
    }

    /// <summary>The inverse transform of eight values in place, by libjpeg's slow integer method; false where 16 bits do not hold
    /// it.</summary>
    private static bool Transform(Span<long> v, int step, int shift)
    {
        long in0 = v[0], in1 = v[step], in2 = v[2 * step], in3 = v[3 * step], in4 = v[4 * step], in5 = v[5 * step], in6 = v[6 * step],
            in7 = v[7 * step];
        if (!IsShort(in0 + in4) || !IsShort(in0 - in4) || !IsShort(in7 + in3) || !IsShort(in5 + in1)) return false;
        long z1 = (in2 + in6) * C0_541, even2 = z1 - in6 * C1_847, even3 = z1 + in2 * C0_765;
        long even0 = (in0 + in4) << Bits, even1 = (in0 - in4) << Bits;
        long a = even0 + even3, d = even0 - even3, b = even1 + even2, c = even1 - even2;
        long z3 = in7 + in3, z4 = in5 + in1, z5 = (z3 + z4) * C1_175, y1 = -(in7 + in1) * C0_899, y2 = -(in5 + in3) * C2_562;
        (z3, z4) = (z5 - z3 * C1_961, z5 - z4 * C0_390);
        long odd0 = in7 * C0_298 + y1 + z3, odd1 = in5 * C2_053 + y2 + z4, odd2 = in3 * C3_072 + y2 + z3, odd3 = in1 * C1_501 + y1 + z4;
        ReadOnlySpan<long> sums = [a + odd3, b + odd2, c + odd1, d + odd0, d - odd0, c - odd1, b - odd2, a - odd3];
        for (int i = 0; i < 8; i++)
        {
            long value = (sums[i] + (1L << (shift - 1))) >> shift;
            if (!IsShort(value)) return false;
            v[i * step] = value;
        }
        return true;
    }

    private static bool IsShort(long value) => value is >= short.MinValue and <= short.MaxValue;
}
