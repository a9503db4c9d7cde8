using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClipLens.Explorer.Meaning;

/// <summary>What is done with rows of numbers, with the machine's vector registers.</summary>
internal static class Rows
{
    private const float Least = 1e-12f;

    /// <summary>The inner product of two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var va = MemoryMarshal.Cast<float, Vector<float>>(a);
        var vb = MemoryMarshal.Cast<float, Vector<float>>(b);
        Vector<float> first = default, second = default, third = default, fourth = default;
        int i = 0;
        for (; i + 3 < va.Length; i += 4)
        {
            first += va[i] * vb[i];
            second += va[i + 1] * vb[i + 1];
            third += va[i + 2] * vb[i + 2];
            fourth += va[i + 3] * vb[i + 3];
        }
        for (; i < va.Length; i++) first += va[i] * vb[i];
        float sum = Vector.Sum(first + second + (third + fourth));
        for (i = va.Length * Vector<float>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>What is left of a row without what all have in common, as a unit; returns how long it was.</summary>
    public static float Centre(Span<float> row, ReadOnlySpan<float> mean)
    {
        Add(mean, -1, row);
        return Normalise(row);
    }

    /// <summary>Makes a row a unit; returns how long it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Normalise(Span<float> row)
    {
        float length = MathF.Sqrt(Dot(row, row)), factor = 1 / Math.Max(length, Least);
        foreach (ref var part in MemoryMarshal.Cast<float, Vector<float>>(row)) part *= factor;
        for (int k = row.Length / Vector<float>.Count * Vector<float>.Count; k < row.Length; k++) row[k] *= factor;
        return length;
    }

    /// <summary>Adds a row times a weight to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<float> from, float weight, Span<float> to)
    {
        int step = Vector<float>.Count, k = 0;
        for (; k <= to.Length - step; k += step)
            (new Vector<float>(to[k..]) + (new Vector<float>(from[k..]) * weight)).CopyTo(to[k..]);
        for (; k < to.Length; k++) to[k] += from[k] * weight;
    }
}
