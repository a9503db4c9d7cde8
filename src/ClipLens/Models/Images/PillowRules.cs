using System.Buffers.Binary;
using ClipLens.Models.Images.Formats;
using SkiaSharp;

namespace ClipLens.Models.Images;

/// <summary>The few places where Skia's decoders and Pillow's disagree, put right as Pillow has them.</summary>
internal static class PillowRules
{
    public static void Apply(ReadOnlySpan<byte> file, SKEncodedImageFormat format, string name, RgbaBuffer picture)
    {
        if (format == SKEncodedImageFormat.Gif) Fill(picture, GifHeader.FillColour(file));
        else if (format == SKEncodedImageFormat.Png && PngReader.IsGrey16(file)) ClipGrey16(PngReader.Read(file, name), picture);
        else if (format == SKEncodedImageFormat.Bmp)
        {
            if (IsRunLength(file)) Fill(picture, FirstOfPalette(file));
            ExpandBmp16(file, picture);
        }
    }

    /// <summary>
    /// What the first frame of a GIF or the runs of a BMP leave open, Skia leaves transparent and black; Pillow shows a colour of the
    /// palette there: that of the GIF's transparent index, or the first.
    /// </summary>
    private static unsafe void Fill(RgbaBuffer picture, uint colour)
    {
        uint* pixels = (uint*)picture.Data;
        long count = (long)picture.Width * picture.Height;
        for (long i = 0; i < count; i++)
            if (pixels[i] >> 24 == 0) pixels[i] = colour;
    }

    // A BMP of 4 or 8 bits with runs of equal pixels, rows of which may end early.
    private static bool IsRunLength(ReadOnlySpan<byte> file) => file.Length >= 54
        && BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) >= 40
        && BinaryPrimitives.ReadUInt32LittleEndian(file[30..]) is 1 or 2;

    private static uint FirstOfPalette(ReadOnlySpan<byte> file)
    {
        long at = 14L + BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        return at + 3 > file.Length ? 0xff000000
            : file[(int)at + 2] | (uint)file[(int)at + 1] << 8 | (uint)file[(int)at] << 16 | 0xff000000;
    }

    /// <summary>Skia keeps the high byte; Pillow reads 16-bit grey as whole numbers and clips them at 255.</summary>
    private static unsafe void ClipGrey16(PngSamples png, RgbaBuffer picture)
    {
        uint* pixels = (uint*)picture.Data;
        for (int i = 0; i < png.Width * png.Height; i++)
        {
            uint grey = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(png.Bytes.AsSpan(2 * i)), (ushort)255);
            pixels[i] = grey * 0x010101 | 0xff000000;
        }
    }

    /// <summary>Skia widens the 5 or 6 bits of a colour by repeating the high ones, Pillow by v * 255 / 31 (or 63), rounded down.</summary>
    private static unsafe void ExpandBmp16(ReadOnlySpan<byte> file, RgbaBuffer picture)
    {
        if (file.Length < 62 || BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) < 40) return;
        if (BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) != 16) return;
        bool sixGreen = BinaryPrimitives.ReadUInt32LittleEndian(file[30..]) == 3
            && BinaryPrimitives.ReadUInt32LittleEndian(file[58..]) == 0x7e0;
        byte* p = picture.Data;
        for (long i = (long)picture.Width * picture.Height; i > 0; i--, p += 4)
        {
            p[0] = (byte)((p[0] >> 3) * 255 / 31);
            p[1] = (byte)(sixGreen ? (p[1] >> 2) * 255 / 63 : (p[1] >> 3) * 255 / 31);
            p[2] = (byte)((p[2] >> 3) * 255 / 31);
        }
    }
}
