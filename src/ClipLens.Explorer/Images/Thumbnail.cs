using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Explorer.Images;

/// <summary>Small pictures of the dataset's images, cut square in the middle as CLIP cuts them.</summary>
internal static class Thumbnail
{
    private const int Side = 224, Quality = 82;

    /// <summary>The bytes of a JPEG file of the picture, made small.</summary>
    public static unsafe byte[] Encode(RgbImage picture)
    {
        using var whole = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte* to = (byte*)whole.GetPixels();
        var from = picture.Pixels;
        for (int i = 0; i < from.Length; i += 3, to += 4) (to[0], to[1], to[2], to[3]) = (from[i], from[i + 1], from[i + 2], 255);

        int side = Math.Min(picture.Width, picture.Height), left = (picture.Width - side) / 2, top = (picture.Height - side) / 2;
        using var small = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(small);
        using var image = SKImage.FromBitmap(whole);
        canvas.DrawImage(image, SKRect.Create(left, top, side, side), SKRect.Create(Side, Side),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var data = small.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
