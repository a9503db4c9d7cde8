using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Explorer.Images;

/// <summary>Small pictures of the dataset's images, cut square in the middle as CLIP cuts them.</summary>
internal static class Thumbnail
{
    private const int Side = 224, WholeSide = 720, LargeSide = 448, Quality = 82;

    /// <summary>The bytes of a JPEG file of the picture, made small and square.</summary>
    public static byte[] Encode(RgbImage picture) => Square(picture, Side);

    /// <summary>The same, larger.</summary>
    public static byte[] EncodeSquare(RgbImage picture) => Square(picture, LargeSide);

    private static byte[] Square(RgbImage picture, int most)
    {
        int side = Math.Min(picture.Width, picture.Height);
        return Encode(picture, SKRect.Create((picture.Width - side) / 2, (picture.Height - side) / 2, side, side), most, most);
    }

    /// <summary>The same of the whole picture, whatever its shape.</summary>
    public static byte[] EncodeWhole(RgbImage picture)
    {
        double scale = Math.Min(1, (double)WholeSide / Math.Max(picture.Width, picture.Height));
        return Encode(picture, SKRect.Create(picture.Width, picture.Height), Math.Max(1, (int)(picture.Width * scale)),
            Math.Max(1, (int)(picture.Height * scale)));
    }

    private static unsafe byte[] Encode(RgbImage picture, SKRect part, int width, int height)
    {
        using var whole = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte* to = (byte*)whole.GetPixels();
        var from = picture.Pixels;
        for (int i = 0; i < from.Length; i += 3, to += 4) (to[0], to[1], to[2], to[3]) = (from[i], from[i + 1], from[i + 2], 255);

        using var small = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(small);
        using var image = SKImage.FromBitmap(whole);
        canvas.DrawImage(image, part, SKRect.Create(width, height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var data = small.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
