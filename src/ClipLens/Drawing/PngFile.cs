using ClipLens.Files;
using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Drawing;

/// <summary>Writes pictures as PNG. A file appears whole or not at all.</summary>
public static class PngFile
{
    /// <summary>Writes a picture; folders that are missing are made.</summary>
    /// <exception cref="ClipLensException">The path is a folder, or the file cannot be written there.</exception>
    public static void Write(string path, RgbImage image) => AtomicFile.Write(path, Encode(image));

    /// <summary>Writes a mask as a grey PNG whose values are the labels, as <see cref="MaskDecoder"/> reads it.</summary>
    /// <exception cref="ClipLensException">The path is a folder, or the file cannot be written there.</exception>
    public static unsafe void Write(string path, LabelMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var info = new SKImageInfo(mask.Width, mask.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        fixed (byte* labels = mask.Labels) AtomicFile.Write(path, Encode(new SKPixmap(info, (nint)labels)));
    }

    /// <summary>The bytes of a PNG file of the picture.</summary>
    public static byte[] Encode(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using SKBitmap bitmap = ToBitmap(image);
        return Encode(bitmap.PeekPixels());
    }

    /// <summary>The picture as Skia takes it, to be disposed of.</summary>
    internal static unsafe SKBitmap ToBitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte* to = (byte*)bitmap.GetPixels();
        var from = image.Pixels;
        for (int i = 0; i < from.Length; i += 3, to += 4) (to[0], to[1], to[2], to[3]) = (from[i], from[i + 1], from[i + 2], 255);
        return bitmap;
    }

    /// <summary>An opaque bitmap of four bytes a pixel as a picture.</summary>
    internal static unsafe RgbImage ToImage(SKBitmap bitmap)
    {
        byte[] pixels = new byte[bitmap.Width * bitmap.Height * 3];
        byte* from = (byte*)bitmap.GetPixels();
        for (int i = 0; i < pixels.Length; i += 3, from += 4) (pixels[i], pixels[i + 1], pixels[i + 2]) = (from[0], from[1], from[2]);
        return new RgbImage(bitmap.Width, bitmap.Height, pixels);
    }

    private static byte[] Encode(SKPixmap pixels)
    {
        using (pixels)
        using (SKData data = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6))
            ?? throw new InvalidOperationException("The picture could not be encoded as PNG."))
            return data.ToArray();
    }
}
