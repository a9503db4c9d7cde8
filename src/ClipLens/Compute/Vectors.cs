using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClipLens.Compute;

/// <summary>A few vector operations, with the machine's vector registers.</summary>
internal static class Vectors
{
    /// <summary>The inner product, summed in an order that depends on nothing but the length.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var va = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vb = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> even = default, odd = default;
        int i = 0;
        for (; i + 1 < va.Length; i += 2)
        {
            even += va[i] * vb[i];
            odd += va[i + 1] * vb[i + 1];
        }
        if (i < va.Length) even += va[i] * vb[i];
        double sum = Vector.Sum(even + odd);
        for (i = va.Length * Vector<double>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Adds <paramref name="factor"/> times one vector to another.</summary>
    public static void AddScaled(Span<double> to, double factor, ReadOnlySpan<double> from)
    {
        var vto = MemoryMarshal.Cast<double, Vector<double>>(to);
        var vfrom = MemoryMarshal.Cast<double, Vector<double>>(from);
        for (int i = 0; i < vto.Length; i++) vto[i] += factor * vfrom[i];
        for (int i = vto.Length * Vector<double>.Count; i < to.Length; i++) to[i] += factor * from[i];
    }

    /// <summary>Adds one vector to another.</summary>
    public static void Add(Span<float> to, ReadOnlySpan<float> from)
    {
        var vto = MemoryMarshal.Cast<float, Vector<float>>(to);
        var vfrom = MemoryMarshal.Cast<float, Vector<float>>(from);
        for (int i = 0; i < vto.Length; i++) vto[i] += vfrom[i];
        for (int i = vto.Length * Vector<float>.Count; i < to.Length; i++) to[i] += from[i];
    }

    /// <summary>A vector times a number.</summary>
    public static void Scale(ReadOnlySpan<float> from, float factor, Span<float> to)
    {
        var vfrom = MemoryMarshal.Cast<float, Vector<float>>(from);
        var vto = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (int i = 0; i < vfrom.Length; i++) vto[i] = vfrom[i] * factor;
        for (int i = vfrom.Length * Vector<float>.Count; i < from.Length; i++) to[i] = from[i] * factor;
    }

    /// <summary>The length, summed in float64.</summary>
    public static float Length(ReadOnlySpan<float> values)
    {
        var v = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<double> low = default, high = default;
        foreach (var own in v)
        {
            Vector.Widen(own, out var first, out var second);
            low += first * first;
            high += second * second;
        }
        double sum = Vector.Sum(low + high);
        for (int i = v.Length * Vector<float>.Count; i < values.Length; i++) sum += (double)values[i] * values[i];
        return (float)Math.Sqrt(sum);
    }

    public static void Widen(ReadOnlySpan<float> from, Span<double> to)
    {
        for (int i = 0; i < from.Length; i++) to[i] = from[i];
    }

    public static void Narrow(ReadOnlySpan<double> from, Span<float> to)
    {
        for (int i = 0; i < from.Length; i++) to[i] = (float)from[i];
    }

    /// <summary>Whether all are numbers.</summary>
    // Gigabytes go through it in a process's first second, before its methods would be optimised by themselves.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool AreFinite(ReadOnlySpan<float> values)
    {
        // What is infinite or no number is not 0 after it is multiplied by 0, nor is a sum with it.
        var v = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> even = default, odd = default;
        int i = 0;
        for (; i + 1 < v.Length; i += 2)
        {
            even += v[i] * 0;
            odd += v[i + 1] * 0;
        }
        if (i < v.Length) even += v[i] * 0;
        float sum = Vector.Sum(even + odd);
        for (i = v.Length * Vector<float>.Count; i < values.Length; i++) sum += values[i] * 0;
        return sum == 0;
    }

    /// <summary>The largest absolute value.</summary>
    public static float LargestMagnitude(ReadOnlySpan<float> values)
    {
        var v = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> even = default, odd = default;
        int i = 0;
        for (; i + 1 < v.Length; i += 2)
        {
            even = Vector.Max(even, Vector.Abs(v[i]));
            odd = Vector.Max(odd, Vector.Abs(v[i + 1]));
        }
        if (i < v.Length) even = Vector.Max(even, Vector.Abs(v[i]));
        even = Vector.Max(even, odd);
        float largest = 0;
        for (i = 0; i < Vector<float>.Count; i++) largest = MathF.Max(largest, even[i]);
        for (i = v.Length * Vector<float>.Count; i < values.Length; i++) largest = MathF.Max(largest, MathF.Abs(values[i]));
        return largest;
    }

    /// <summary>The largest value; 0 if all are negative.</summary>
    public static float Largest(ReadOnlySpan<float> values)
    {
        var v = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> most = default;
        for (int i = 0; i < v.Length; i++) most = Vector.Max(most, v[i]);
        float largest = 0;
        for (int i = 0; i < Vector<float>.Count; i++) largest = MathF.Max(largest, most[i]);
        for (int i = v.Length * Vector<float>.Count; i < values.Length; i++) largest = MathF.Max(largest, values[i]);
        return largest;
    }
}
