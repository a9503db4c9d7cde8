namespace ClipLens.Models.Images.Formats;

/// <summary>One scan of a JPEG image, which brings all coefficients of its blocks, or some bits of some of them.</summary>
internal sealed class JpegScan(bool isProgressive, int first, int last, int high, int low)
{
    /// <summary>Where the coefficients stand in a block, from the lowest frequency to the highest; what damage puts behind stands at the
    /// end.</summary>
    public static readonly byte[] Order =
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
        63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
    ];

    // Empty blocks that are still to come, with this one.
    private int run;

    /// <summary>Whether libjpeg would read such a scan, and its codes are there.</summary>
    public bool IsPossible(JpegComponent[] parts) => first == 0
        ? (!isProgressive || last == 0) && low <= 13 && parts.All(part => (high > 0 || part.Dc is not null)
        && (isProgressive || part.Ac is not null))
        : last >= first && last < 64 && low <= 13 && parts is [{ Ac: not null }];

    public void Restart() => run = 0;

    /// <summary>Reads a block's part of the scan; false where a decoder would stop.</summary>
    public bool Read(ref JpegBits bits, JpegComponent part, int x, int y)
    {
        var block = part.Block(x, y);
        if (!isProgressive) block.Clear();
        if (bits.IsShort) return true;
        if (isProgressive && first > 0)
        {
            if (high == 0) Low(ref bits, block, part.Ac!);
            else Refine(ref bits, block, part.Ac!);
            return true;
        }
        if (high > 0)
        {
            if (bits.Read(1) > 0) block[0] |= (short)(1 << low);
            return true;
        }
        int length = bits.Read(part.Dc!);
        if (length > 15) return false;
        long sum = (long)part.LastDc + bits.ReadNumber(length);
        if (sum is < int.MinValue or > int.MaxValue) return false;
        part.LastDc = (int)sum;
        block[0] = (short)(part.LastDc << low);
        if (isProgressive) return true;
        Whole(ref bits, block, part.Ac!);
        part.Look(x, y);
        return true;
    }

    private static void Whole(ref JpegBits bits, Span<short> block, JpegCode code)
    {
        for (int k = 1; k < 64; k++)
        {
            int symbol = bits.Read(code), zeros = symbol >> 4, length = symbol & 15;
            if (length == 0 && zeros != 15) break;
            k += zeros;
            if (length > 0) block[Order[k]] = (short)bits.ReadNumber(length);
        }
    }

    private void Low(ref JpegBits bits, Span<short> block, JpegCode code)
    {
        if (run-- > 0) return;
        run = 0;
        for (int k = first; k <= last; k++)
        {
            int symbol = bits.Read(code), zeros = symbol >> 4, length = symbol & 15;
            if (length == 0 && zeros != 15)
            {
                run = (1 << zeros) - 1 + (zeros > 0 ? bits.Read(zeros) : 0);
                break;
            }
            k += zeros;
            if (length > 0) block[Order[k]] = (short)(bits.ReadNumber(length) << low);
        }
    }

    private void Refine(ref JpegBits bits, Span<short> block, JpegCode code)
    {
        int k = first;
        for (; run == 0 && k <= last; k++)
        {
            int symbol = bits.Read(code), zeros = symbol >> 4, value = 0;
            if ((symbol & 15) > 0) value = bits.Read(1) > 0 ? 1 << low : -1 << low;
            else if (zeros != 15)
            {
                run = (1 << zeros) + (zeros > 0 ? bits.Read(zeros) : 0);
                break;
            }
            for (; k <= last; k++)
            {
                ref short there = ref block[Order[k]];
                if (there != 0) Refine(ref bits, ref there);
                else if (--zeros < 0) break;
            }
            if (value != 0) block[Order[k]] = (short)value;
        }
        if (run == 0) return;
        for (; k <= last; k++) if (block[Order[k]] != 0) Refine(ref bits, ref block[Order[k]]);
        run--;
    }

    private void Refine(ref JpegBits bits, ref short there)
    {
        if (bits.Read(1) > 0 && (there & 1 << low) == 0) there += (short)(there >= 0 ? 1 << low : -1 << low);
    }
}
