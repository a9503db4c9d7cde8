namespace ClipLens.Models.Images.Formats;

/// <summary>The blocks of a GIF file before its first frame.</summary>
internal static class GifHeader
{
    /// <summary>
    /// The colour that Pillow shows where the first frame sets no colour: that of the frame's transparent index, or of index 0. As a
    /// pixel of red, green, blue and 255, lowest byte first.
    /// </summary>
    public static uint FillColour(ReadOnlySpan<byte> file)
    {
        const uint black = 0xff000000;
        if (file.Length < 13) return black;
        ReadOnlySpan<byte> palette = default;
        int at = 13, transparent = 0;
        if ((file[10] & 0x80) != 0)
        {
            palette = Slice(file, at, 3 << ((file[10] & 7) + 1));
            at += palette.Length;
        }
        while (at + 10 <= file.Length && file[at] == 0x21)
        {
            if (file[at + 1] == 0xf9 && (file[at + 3] & 1) != 0) transparent = file[at + 6];
            at = SkipSubBlocks(file, at + 2);
        }
        if (at + 10 <= file.Length && file[at] == 0x2c && (file[at + 9] & 0x80) != 0)
            palette = Slice(file, at + 10, 3 << ((file[at + 9] & 7) + 1));
        if (3 * transparent + 3 > palette.Length) return black;
        return palette[3 * transparent] | (uint)palette[3 * transparent + 1] << 8 | (uint)palette[3 * transparent + 2] << 16 | black;
    }

    private static int SkipSubBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length && file[at] != 0) at += 1 + file[at];
        return at + 1;
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> file, int at, int length) =>
        at + length <= file.Length ? file.Slice(at, length) : default;
}
