using BitMiracle.LibTiff.Classic;

namespace ClipLens.Models.Images.Formats;

/// <summary>
/// The first image of a TIFF file as Pillow reads it: grey of 1 to 16 bits, palettes, RGB and CMYK of 8 and 16 bits, with or without
/// further samples, in strips or tiles, however they are packed, turned as the file's orientation says.
/// </summary>
internal sealed class TiffPixels
{
    private const int Opaque = unchecked((int)0xff000000), AssociatedAlpha = 1;

    private readonly Tiff tiff;
    private readonly RgbaBuffer into;
    private readonly int width, height, bits, samples, orientation;
    private readonly bool isSeparate, isPremultiplied;
    private readonly Photometric kind;
    private readonly int[]? table;

    /// <summary>Nothing is printed by the library.</summary>
    static TiffPixels() => Tiff.SetErrorHandler(new Silent());

    private TiffPixels(Tiff tiff, RgbaBuffer into, string name)
    {
        (this.tiff, this.into) = (tiff, into);
        (width, height) = (Number(TiffTag.IMAGEWIDTH), Number(TiffTag.IMAGELENGTH));
        (bits, samples) = (Number(TiffTag.BITSPERSAMPLE), Number(TiffTag.SAMPLESPERPIXEL));
        kind = (Photometric)Number(TiffTag.PHOTOMETRIC);
        isSeparate = samples > 1 && Number(TiffTag.PLANARCONFIG) == (int)PlanarConfig.SEPARATE;
        orientation = tiff.GetField(TiffTag.ORIENTATION) is [var turned, ..] && turned.ToInt() is >= 1 and <= 8 and var way ? way : 1;
        if (kind == Photometric.YCBCR && Number(TiffTag.COMPRESSION) == (int)Compression.JPEG)
        {
            tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
            kind = Photometric.RGB;
        }
        isPremultiplied = kind == Photometric.RGB && bits == 8 && samples > 3 && tiff.GetField(TiffTag.EXTRASAMPLES) is [_, var extra, ..]
            && extra.GetBytes() is [AssociatedAlpha, ..];
        table = Table();
        if (!IsSupported)
            throw new ClipLensException($"{name} is a TIFF image of a kind that is not supported ({kind.ToString().ToLowerInvariant()}, "
                + $"{samples} x {bits} bits); save it as PNG or JPEG.");
    }

    /// <summary>The first image of a file.</summary>
    /// <exception cref="ClipLensException">The file is damaged, too large, or of a kind that is not supported.</exception>
    public static unsafe void Read(ReadOnlySpan<byte> file, string name, RgbaBuffer into)
    {
        if (!TiffHeader.IsPlausible(file, name)) throw Damaged(name);
        fixed (byte* bytes = file)
        {
            using var stream = new UnmanagedMemoryStream(bytes, file.Length);
            try
            {
                using var tiff = Tiff.ClientOpen(name, "r", stream, new TiffStream()) ?? throw Damaged(name);
                for (int i = 0; i < (tiff.IsTiled() ? tiff.NumberOfTiles() : tiff.NumberOfStrips()); i++)
                    if (tiff.RawStripSize(i) > file.Length) throw Damaged(name);
                var image = new TiffPixels(tiff, into, name);
                if (!image.Read()) throw Damaged(name);
            }
#pragma warning disable CA1031 // The library ends in exceptions of any kind where a file is damaged.
            catch (Exception error) when (error is not (ClipLensException or OutOfMemoryException))
            {
                throw Damaged(name, error);
            }
#pragma warning restore CA1031
        }
    }

    private static ClipLensException Damaged(string name, Exception? cause = null)
    {
        string sentence = $"The image {name} is damaged or cut short; remove it or fetch it again.";
        return cause is null ? new(sentence) : new(sentence, cause);
    }

    private int Colours => kind switch { Photometric.RGB => 3, Photometric.SEPARATED => 4, _ => 1 };

    private bool IsSupported => samples >= Colours && Number(TiffTag.SAMPLEFORMAT) is (int)SampleFormat.UINT && kind switch
    {
        Photometric.MINISWHITE or Photometric.MINISBLACK => bits is 8 or 16 || bits is 1 or 2 or 4 && samples == 1,
        Photometric.PALETTE => bits is 1 or 2 or 4 or 8 && samples == 1 && table is not null,
        Photometric.RGB or Photometric.SEPARATED => bits is 8 or 16,
        _ => false,
    };

    private int Number(TiffTag tag) => tiff.GetFieldDefaulted(tag) is [var value, ..] ? value.ToInt() : -1;

    /// <summary>The colour of each value of a grey or palette image of up to 8 bits.</summary>
    private int[]? Table()
    {
        if (bits > 8 || Colours > 1) return null;
        int count = 1 << bits;
        if (kind != Photometric.PALETTE)
            return [.. Enumerable.Range(0, count).Select(i => (kind == Photometric.MINISWHITE ? count - 1 - i : i) * 255 / (count - 1)
                * 0x010101 | Opaque)];
        if (tiff.GetField(TiffTag.COLORMAP) is not [var red, var green, var blue, ..]) return null;
        short[] reds = red.ToShortArray(), greens = green.ToShortArray(), blues = blue.ToShortArray();
        return [.. Enumerable.Range(0, count).Select(i => High(reds[i]) | High(greens[i]) << 8 | High(blues[i]) << 16 | Opaque)];

        static int High(short value) => (ushort)value >> 8;
    }

    private bool Read()
    {
        into.Resize(orientation >= 5 ? height : width, orientation >= 5 ? width : height);
        return tiff.IsTiled() ? ReadTiles() : ReadRows();
    }

    private bool ReadRows()
    {
        int planes = isSeparate ? samples : 1, line = tiff.ScanlineSize();
        if (line < (width * (isSeparate ? 1 : samples) * bits + 7) / 8) return false;
        byte[][] rows = [.. Enumerable.Range(0, planes).Select(_ => new byte[line])];
        if (planes == 1)
        {
            for (int y = 0; y < height; y++)
            {
                if (!tiff.ReadScanline(rows[0], y)) return false;
                Write(rows, 0, 0, y, width);
            }
            return true;
        }
        // Each plane is packed as a whole, so that its rows are read in order; the colours of a pixel come together in the picture.
        for (int plane = 0; plane < Math.Min(planes, 4); plane++)
            for (int y = 0; y < height; y++)
            {
                if (!tiff.ReadScanline(rows[0], y, (short)plane)) return false;
                WritePlane(rows[0], 0, plane, 0, y, width);
            }
        Finish();
        return true;
    }

    private bool ReadTiles()
    {
        int across = Number(TiffTag.TILEWIDTH), down = Number(TiffTag.TILELENGTH), line = tiff.TileRowSize();
        if (line < (across * (isSeparate ? 1 : samples) * bits + 7) / 8 || tiff.TileSize() < (long)line * down) return false;
        byte[] tile = new byte[tiff.TileSize()];
        for (int plane = 0; plane < (isSeparate ? Math.Min(samples, 4) : 1); plane++)
            for (int top = 0; top < height; top += down)
                for (int left = 0; left < width; left += across)
                {
                    if (tiff.ReadTile(tile, 0, left, top, 0, (short)plane) < 0) return false;
                    for (int y = 0; y < Math.Min(down, height - top); y++)
                        if (isSeparate) WritePlane(tile, y * line, plane, left, top + y, Math.Min(across, width - left));
                        else Write([tile], y * line, left, top + y, Math.Min(across, width - left));
                }
        if (isSeparate) Finish();
        return true;
    }

    /// <summary>Writes some pixels of a row whose samples lie side by side.</summary>
    private unsafe void Write(byte[][] rows, int start, int left, int y, int count)
    {
        byte[] row = rows[0];
        for (int i = 0; i < count; i++)
        {
            int colour;
            if (table is not null) colour = table[samples == 1 ? Small(row, start, i) : row[start + i * samples]];
            else if (Colours == 1) colour = Math.Min(Large(row, start, i * samples), 255) * 0x010101 | Opaque;
            else colour = Colour(Byte(row, start, i, 0), Byte(row, start, i, 1), Byte(row, start, i, 2), samples > 3
                ? Byte(row, start, i, 3) : 255);
            *Place(left + i, y) = colour;
        }
    }

    /// <summary>Writes one sample of some pixels of a row, as it is.</summary>
    private unsafe void WritePlane(byte[] row, int start, int plane, int left, int y, int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte value = bits == 8 ? row[start + i] : bits == 16 && Colours == 1 ? (byte)Math.Min(Large(row, start, i), 255)
                : (byte)(Large(row, start, i) >> 8);
            ((byte*)Place(left + i, y))[plane] = value;
        }
    }

    /// <summary>Makes colours of the samples that were written plane by plane.</summary>
    private unsafe void Finish()
    {
        byte* p = into.Data;
        for (long i = (long)width * height; i > 0; i--, p += 4)
            *(int*)p = table is not null ? table[p[0]] : Colours == 1 ? p[0] * 0x010101 | Opaque
                : Colour(p[0], p[1], p[2], samples > 3 ? p[3] : 255);
    }

    private int Colour(int a, int b, int c, int d)
    {
        if (kind == Photometric.SEPARATED)
        {
            int rest = 255 - d;
            (a, b, c) = (rest - Product(a, rest), rest - Product(b, rest), rest - Product(c, rest));
        }
        else if (isPremultiplied && d is > 0 and < 255)
            (a, b, c) = (Math.Min(255, 255 * a / d), Math.Min(255, 255 * b / d), Math.Min(255, 255 * c / d));
        return a | b << 8 | c << 16 | Opaque;

        // Of two shares of 255, rounded.
        static int Product(int x, int y)
        {
            int product = x * y + 128;
            return (product >> 8) + product >> 8;
        }
    }

    private int Byte(byte[] row, int start, int pixel, int sample)
    {
        int index = pixel * samples + sample;
        return bits == 8 ? row[start + index] : Large(row, start, index) >> 8;
    }

    private int Small(byte[] row, int start, int index)
    {
        if (bits == 8) return row[start + index];
        int perByte = 8 / bits;
        return row[start + index / perByte] >> (8 - bits - index % perByte * bits) & (1 << bits) - 1;
    }

    /// <summary>A sample of 16 bits, which the library hands out in the order of the machine.</summary>
    private static int Large(byte[] row, int start, int index) => BitConverter.ToUInt16(row, start + 2 * index);

    /// <summary>Where a pixel of the stored image is to be seen.</summary>
    private unsafe int* Place(int x, int y)
    {
        (int right, int bottom) = (width - 1 - x, height - 1 - y);
        (int column, int row) = orientation switch
        {
            2 => (right, y),
            3 => (right, bottom),
            4 => (x, bottom),
            5 => (y, x),
            6 => (bottom, x),
            7 => (bottom, right),
            8 => (y, right),
            _ => (x, y),
        };
        return (int*)into.Data + (long)row * into.Width + column;
    }

    private sealed class Silent : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
