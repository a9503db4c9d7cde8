using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClipLens.Explorer.Meaning;

/// <summary>
/// The neurons of a run as vectors, a row each, block by block, which are compared by the cosine of their angle. The rows stay where they
/// were read; what they are less and divided by stands beside them.
/// </summary>
internal sealed class VectorTable
{
    /// <summary>Directions that rows are compared with at a time: as many as fit in the vector registers.</summary>
    private const int Together = 8;

    private const int RowsAtATime = 512, DirectionsAtATime = 32;
    private const float Least = 1e-12f;

    private readonly IReadOnlyList<ReadOnlyMemory<float>> blocks;
    private readonly int rows;
    private readonly float[] means, scales;

    /// <param name="blocks">The rows of each block, of as many neurons each.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="isCentred">Whether rows are compared less their mean: by correlation.</param>
    public VectorTable(IReadOnlyList<ReadOnlyMemory<float>> blocks, int width, bool isCentred = false)
    {
        (this.blocks, Width, rows) = (blocks, width, blocks[0].Length / width);
        Count = blocks.Count * rows;
        (means, scales) = (new float[Count], new float[Count]);
        InParts((first, count) =>
        {
            for (int place = first; place < first + count; place++)
            {
                if (isCentred) means[place] = Sum(Stored(place)) / width;
                float square = Square(Stored(place), means[place]);
                scales[place] = square > 0 ? 1 / Math.Max(MathF.Sqrt(square), Least) : 0;
            }
        });
    }

    /// <summary>Numbers of a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>A row of unit length; zero where it has no direction.</summary>
    public void Unit(int place, Span<float> unit)
    {
        var row = Stored(place);
        for (int k = 0; k < unit.Length; k++) unit[k] = (row[k] - means[place]) * scales[place];
    }

    /// <summary>All rows of unit length: [n, width].</summary>
    public float[] Units()
    {
        float[] units = new float[(long)Count * Width];
        for (int place = 0; place < Count; place++) Unit(place, units.AsSpan(place * Width, Width));
        return units;
    }

    /// <summary>Reads what it wants from the cosines of all rows with a direction: [n]. They are gone afterwards.</summary>
    public delegate T CosineReader<T>(int direction, ReadOnlySpan<float> cosines);

    /// <summary>Compares all rows with directions of unit length, whose mean is 0 where rows are centred.</summary>
    /// <param name="directions">The directions.</param>
    /// <param name="read">Is given the cosines with each.</param>
    /// <returns>What was read, by direction.</returns>
    public T[] Compare<T>(IReadOnlyList<float[]> directions, CosineReader<T> read)
    {
        // Lent, not made, and few at a time: megabytes for every page would soon be hundreds that nobody has collected.
        float[][] cosines = [.. Enumerable.Range(0, Math.Min(DirectionsAtATime, directions.Count)).Select(_ =>
            ArrayPool<float>.Shared.Rent(Count))];
        try
        {
            var all = new T[directions.Count];
            for (int first = 0; first < all.Length; first += cosines.Length)
            {
                int count = Math.Min(cosines.Length, all.Length - first);
                Compare(Joined([.. directions.Skip(first).Take(count)]), cosines.AsSpan(0, count).ToArray());
                for (int i = 0; i < count; i++) all[first + i] = read(first + i, cosines[i].AsSpan(0, Count));
            }
            return all;
        }
        finally
        {
            foreach (float[] own in cosines) ArrayPool<float>.Shared.Return(own);
        }
    }

    private void Compare(float[] directions, float[][] cosines)
    {
        InParts((first, count) =>
        {
            Span<float> sums = stackalloc float[Together];
            for (int place = first; place < first + count; place++)
                for (int begin = 0; begin < cosines.Length; begin += Together)
                {
                    int own = Math.Min(Together, cosines.Length - begin);
                    Products(Stored(place), directions.AsSpan(begin * Width, Together * Width), own, sums);
                    for (int i = 0; i < own; i++) cosines[begin + i][place] = sums[i] * scales[place];
                }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Square(ReadOnlySpan<float> values, float less)
    {
        float square = 0;
        foreach (float value in values) square += (value - less) * (value - less);
        return square;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return (float)sum;
    }

    private ReadOnlySpan<float> Stored(int place) => blocks[place / rows].Span.Slice(place % rows * Width, Width);

    private void InParts(Action<int, int> work) => Parallel.For(0, (Count + RowsAtATime - 1) / RowsAtATime, part =>
        work(part * RowsAtATime, Math.Min(RowsAtATime, Count - part * RowsAtATime)));

    /// <summary>Directions one behind the other, zeros behind the last, so that there is a whole number of <see cref="Together"/>.</summary>
    private float[] Joined(IReadOnlyList<float[]> directions)
    {
        float[] all = new float[(directions.Count + Together - 1) / Together * Together * Width];
        for (int i = 0; i < directions.Count; i++) directions[i].CopyTo(all, i * Width);
        return all;
    }

    /// <summary>The inner products of a row with up to <see cref="Together"/> directions; the row is read once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(ReadOnlySpan<float> row, ReadOnlySpan<float> directions, int count, Span<float> sums)
    {
        if (count == 1)
        {
            sums[0] = Rows.Dot(row, directions[..row.Length]);
            return;
        }
        int width = row.Length, step = Vector<float>.Count, k = 0;
        ref float r = ref MemoryMarshal.GetReference(row), d = ref MemoryMarshal.GetReference(directions);
        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (; k <= width - step; k += step)
        {
            var own = Vector.LoadUnsafe(ref r, (nuint)k);
            s0 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)k), s0);
            s1 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(width + k)), s1);
            s2 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(2 * width + k)), s2);
            s3 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(3 * width + k)), s3);
            s4 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(4 * width + k)), s4);
            s5 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(5 * width + k)), s5);
            s6 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(6 * width + k)), s6);
            s7 = Vector.FusedMultiplyAdd(own, Vector.LoadUnsafe(ref d, (nuint)(7 * width + k)), s7);
        }
        (sums[0], sums[1], sums[2], sums[3]) = (Vector.Sum(s0), Vector.Sum(s1), Vector.Sum(s2), Vector.Sum(s3));
        (sums[4], sums[5], sums[6], sums[7]) = (Vector.Sum(s4), Vector.Sum(s5), Vector.Sum(s6), Vector.Sum(s7));
        for (; k < width; k++)
            for (int i = 0; i < Together; i++) sums[i] += row[k] * directions[i * width + k];
    }
}
