using System.Buffers.Binary;

namespace ClipLens.Models.Images.Formats;

/// <summary>
/// What the first directory of a TIFF file claims, read before any memory is taken by it: the sizes of the image and of its pieces, and
/// that no list is longer than the file.
/// </summary>
internal readonly ref struct TiffHeader
{
    private const int EntrySize = 12, Width = 256, Height = 257, Samples = 277, RowsPerStrip = 278, TileWidth = 322, TileHeight = 323;

    // More than any real image has: colours and a few masks.
    private const long MostSamples = 16;

    private readonly ReadOnlySpan<byte> file;
    private readonly bool isLittle;

    private TiffHeader(ReadOnlySpan<byte> file)
    {
        this.file = file;
        isLittle = file[0] == 'I';
    }

    /// <summary>Whether a file begins as a TIFF does.</summary>
    public static bool IsTiff(ReadOnlySpan<byte> file) => file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8);

    /// <summary>Makes sure that what the file claims can be true.</summary>
    /// <returns>Whether it can.</returns>
    /// <exception cref="ClipLensException">It claims more pixels than can be.</exception>
    public static bool IsPlausible(ReadOnlySpan<byte> file, string name) => file.Length >= 8 && new TiffHeader(file).Check(name);

    private bool Check(string name)
    {
        long at = UInt(4, 4);
        if (at > file.Length - 2) return false;
        long entries = UInt((int)at, 2);
        if (at + 2 + entries * EntrySize > file.Length) return false;
        (long width, long height, long samples, long rows, long tileWidth, long tileHeight) = (0, 0, 1, long.MaxValue, 0, 0);
        for (long i = 0, entry = at + 2; i < entries; i++, entry += EntrySize)
        {
            if (Bytes((int)entry) > file.Length) return false;
            long value = Value((int)entry);
            switch (UInt((int)entry, 2))
            {
                // Of a tag that stands there twice the one that makes for more.
                case Width: width = Math.Max(width, value); break;
                case Height: height = Math.Max(height, value); break;
                case Samples: samples = Math.Max(samples, value); break;
                case RowsPerStrip: rows = Math.Min(rows, value); break;
                case TileWidth: tileWidth = value; break;
                case TileHeight: tileHeight = value; break;
            }
        }
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || samples > MostSamples || rows == 0) return false;
        PixelLimit.Check(width, height, file.Length, name);
        if (tileWidth == 0 && tileHeight == 0) return Pieces(height, rows) * samples <= file.Length;
        if (tileWidth == 0 || tileHeight == 0) return false;
        // A piece may be larger than the image, but not without end.
        return tileWidth <= width + 4096 && tileHeight <= height + 4096
            && Pieces(width, tileWidth) * Pieces(height, tileHeight) * samples <= file.Length;
    }

    private static long Pieces(long length, long piece) => piece >= length ? 1 : (length + piece - 1) / piece;

    private long Bytes(int entry) => UInt(entry + 4, 4) * (UInt(entry + 2, 2) switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        5 or 10 or 12 => 8,
        _ => 4
    });

    private long Value(int entry) => UInt(entry + 2, 2) switch
    {
        1 => file[entry + 8],
        3 => UInt(entry + 8, 2),
        _ => UInt(entry + 8, 4),
    };

    private long UInt(int at, int size) => (size, isLittle) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(file[at..]),
        (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(file[at..]),
        _ => BinaryPrimitives.ReadUInt32BigEndian(file[at..]),
    };
}
