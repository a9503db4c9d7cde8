using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClipLens.Models.Configuration;

namespace ClipLens.Models.Images;

/// <summary>
/// Pillow's two-pass resize, of the part that a crop shows: first along the rows, rounded to eight bits, then along the columns. All sums
/// are of 32-bit whole numbers, so neither their order nor leaving out what the crop does not show changes a byte.
/// </summary>
internal sealed unsafe class ResizedCrop
{
    private const int Half = 1 << (ResizeWeights.PrecisionBits - 1);
    private readonly int size, pairs, firstRow, rows;
    private readonly int[] firstColumn, columnPairs;
    private readonly ResizeWeights down;

    // Weights of the pass along the rows as the vectors take them: for each pair of pixels, the first's weight four times and the
    // second's four times.
    private readonly int[] across;

    public ResizedCrop(CropGeometry geometry, Interpolation interpolation)
    {
        size = geometry.Size;
        var columns = new ResizeWeights(geometry.Width, geometry.ResizedWidth, geometry.Left, size, interpolation);
        down = new ResizeWeights(geometry.Height, geometry.ResizedHeight, geometry.Top, size, interpolation);
        (firstRow, rows) = (down.First[0], down.First[^1] + down.Taps[^1] - down.First[0]);
        (firstColumn, pairs) = (columns.First, columns.MaxTaps / 2);
        columnPairs = Array.ConvertAll(columns.Taps, taps => (taps + 1) / 2);
        across = new int[columns.Values.Length * 4];
        for (int i = 0; i < across.Length; i++) across[i] = columns.Values[i / 4];
    }

    /// <summary>How many numbers the weights take: what a cache has to hold.</summary>
    public int Weight => across.Length + down.Values.Length;

    /// <summary>A source of rows of four-byte pixels; what lies up to eight bytes behind a row's last pixel must be readable.</summary>
    public delegate byte* RowSource(int row);

    /// <summary>Writes size x size x 3 bytes.</summary>
    public void Run(RowSource source, Span<byte> crop)
    {
        // Vectors write and read a little behind a row's end.
        int rowBytes = size * 3, stride = (rowBytes + 16 + 15) & ~15;
        byte[] between = ArrayPool<byte>.Shared.Rent(checked(stride * (rows + 1)));
        try
        {
            fixed (byte* middle = between)
            {
                for (int row = 0; row < rows; row++) AcrossRow(source(firstRow + row), middle + (long)stride * row);
                byte* last = middle + (long)stride * rows;
                for (int y = 0; y < size; y++)
                {
                    DownColumns(y, middle + (long)stride * (down.First[y] - firstRow), stride, last);
                    new ReadOnlySpan<byte>(last, rowBytes).CopyTo(crop[(y * rowBytes)..]);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(between);
        }
    }

    /// <summary>One row of four-byte pixels becomes size pixels of three bytes.</summary>
    private void AcrossRow(byte* from, byte* to)
    {
        fixed (int* weights = across)
        {
            for (int x = 0; x < size; x++, to += 3)
            {
                byte* pixel = from + 4L * firstColumn[x];
                int* weight = weights + (long)x * pairs * 8;
                Vector256<int> sum = Vector256<int>.Zero;
                for (int pair = columnPairs[x]; pair > 0; pair--, pixel += 8, weight += 8)
                {
                    Vector128<ushort> two = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(pixel)).AsByte());
                    sum += Vector256.WidenLower(two.ToVector256Unsafe()).AsInt32() * Vector256.Load(weight);
                }
                *(uint*)to = Round(sum.GetLower() + sum.GetUpper());
            }
        }
    }

    /// <summary>One row of the crop from the rows beneath <paramref name="from"/>, sixteen bytes at a time.</summary>
    private void DownColumns(int y, byte* from, int stride, byte* to)
    {
        int taps = down.Taps[y];
        fixed (int* weights = &down.Values[y * down.MaxTaps])
        {
            for (int at = 0; at < size * 3; at += 16)
            {
                Vector256<int> low = Vector256.Create(Half), high = low;
                byte* bytes = from + at;
                for (int tap = 0; tap < taps; tap++, bytes += stride)
                {
                    Vector256<ushort> wide = Vector256.WidenLower(Vector128.Load(bytes).ToVector256Unsafe());
                    Vector256<int> weight = Vector256.Create(weights[tap]);
                    low += Vector256.WidenLower(wide).AsInt32() * weight;
                    high += Vector256.WidenUpper(wide).AsInt32() * weight;
                }
                Vector256<short> words = Vector256.Narrow(low >> ResizeWeights.PrecisionBits, high >> ResizeWeights.PrecisionBits);
                words = Vector256.Min(Vector256.Max(words, Vector256<short>.Zero), Vector256.Create((short)255));
                Vector128.Narrow(words.GetLower(), words.GetUpper()).AsByte().Store(to + at);
            }
        }
    }

    /// <summary>Four sums as four bytes: rounded, then held to 0..255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Round(Vector128<int> sums)
    {
        Vector128<int> value = (sums + Vector128.Create(Half)) >> ResizeWeights.PrecisionBits;
        value = Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create(255));
        Vector128<short> words = Vector128.Narrow(value, value);
        return Vector128.Narrow(words, words).AsUInt32().ToScalar();
    }
}
