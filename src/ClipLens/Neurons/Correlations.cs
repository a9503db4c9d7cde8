using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClipLens.Neurons;

/// <summary>
/// Inner products of a few unit vectors, the upper half of their matrix, in 16 bits: by columns a lane wide, those before a column's lane
/// with as many rows as reach down to the diagonal, which is one half. Worked out where they are packed, for as float32 they would go to
/// memory and back.
/// </summary>
internal sealed unsafe class Correlations
{
    /// <summary>Columns of a piece of the table.</summary>
    public const int Lane = 16;

    /// <summary>What stands for one.</summary>
    public const int One = 32766;

    private const int Together = 8;
    private readonly int count, width;
    private readonly float[] vectors, columns;

    /// <summary>Room for so many vectors, a multiple of <see cref="Lane"/>; they are zero at first.</summary>
    public Correlations(int count, int width)
    {
        (this.count, this.width) = (count, width);
        vectors = GC.AllocateArray<float>(count * width, pinned: true);
        columns = GC.AllocateArray<float>(Lane * width, pinned: true);
    }

    /// <summary>Where columns a lane wide begin.</summary>
    public static int Start(int column) => Lane * Lane * column * (column + 1) / 2;

    /// <summary>A vector, to be filled.</summary>
    public Span<float> this[int place] => vectors.AsSpan(place * width, width);

    /// <summary>Fills the table of the vectors.</summary>
    public void Fill(Span<short> table)
    {
        Span<float> products = stackalloc float[Together * Lane];
        for (int column = 0; column < count; column += Lane)
        {
            Transpose(column);
            var own = table[Start(column / Lane)..];
            for (int row = 0; row < column + Lane; row += Together)
            {
                Multiply(row, products);
                for (int i = 0; i < Together; i++) Pack(row + i, column, products.Slice(i * Lane, Lane), own[((row + i) * Lane)..]);
            }
        }
    }

    /// <summary>Rounds a row's entries of a column; of what reaches below the diagonal nothing is left.</summary>
    private static void Pack(int row, int column, ReadOnlySpan<float> products, Span<short> entries)
    {
        var values = Vector512.ConvertToInt32(Vector512.Round(Vector512.Create(products) * One));
        values = Vector512.Max(Vector512.Min(values, Vector512.Create(One)), Vector512.Create(-One));
        Vector256.Narrow(values.GetLower(), values.GetUpper()).CopyTo(entries);
        if (row < column) return;
        entries[..(row - column)].Clear();
        entries[row - column] = One / 2;
    }

    /// <summary>Lays a column's vectors side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transpose(int column)
    {
        fixed (float* from = &vectors[column * width], to = columns)
            for (int j = 0; j < Lane; j++)
            {
                float* own = from + j * width, place = to + j;
                for (int i = 0; i < width; i++) place[i * Lane] = own[i];
            }
    }

    /// <summary>Products of some rows' vectors with the column's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int row, Span<float> products)
    {
        fixed (float* start = &vectors[row * width], columnStart = columns, result = products)
        {
            float* a = start, b = a + width, c = b + width, d = c + width, e = d + width, f = e + width, g = f + width, h = g + width;
            float* column = columnStart;
            Vector512<float> dotA = default, dotB = default, dotC = default, dotD = default, dotE = default, dotF = default,
                dotG = default, dotH = default;
            for (int i = 0; i < width; i++, column += Lane)
            {
                var own = Vector512.Load(column);
                dotA = Vector512.FusedMultiplyAdd(own, Vector512.Create(a[i]), dotA);
                dotB = Vector512.FusedMultiplyAdd(own, Vector512.Create(b[i]), dotB);
                dotC = Vector512.FusedMultiplyAdd(own, Vector512.Create(c[i]), dotC);
                dotD = Vector512.FusedMultiplyAdd(own, Vector512.Create(d[i]), dotD);
                dotE = Vector512.FusedMultiplyAdd(own, Vector512.Create(e[i]), dotE);
                dotF = Vector512.FusedMultiplyAdd(own, Vector512.Create(f[i]), dotF);
                dotG = Vector512.FusedMultiplyAdd(own, Vector512.Create(g[i]), dotG);
                dotH = Vector512.FusedMultiplyAdd(own, Vector512.Create(h[i]), dotH);
            }
            dotA.Store(result);
            dotB.Store(result + Lane);
            dotC.Store(result + 2 * Lane);
            dotD.Store(result + 3 * Lane);
            dotE.Store(result + 4 * Lane);
            dotF.Store(result + 5 * Lane);
            dotG.Store(result + 6 * Lane);
            dotH.Store(result + 7 * Lane);
        }
    }
}
