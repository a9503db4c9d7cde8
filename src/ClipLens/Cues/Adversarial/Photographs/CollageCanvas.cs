using ClipLens.Drawing;
using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>Pictures cut, resized and put on one another.</summary>
internal static class CollageCanvas
{
    private const int Quality = 92;
    private static readonly SKSamplingOptions Smooth = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <summary>The square in the middle of a picture at another size.</summary>
    public static RgbImage Square(RgbImage picture, int side)
    {
        int square = Math.Min(picture.Width, picture.Height);
        return Drawn(picture, SKRect.Create((picture.Width - square) / 2, (picture.Height - square) / 2, square, square), side, side);
    }

    /// <summary>A whole picture, made smaller until its long side has at most so many pixels.</summary>
    public static RgbImage Fit(RgbImage picture, int most)
    {
        double scale = (double)most / Math.Max(picture.Width, picture.Height);
        if (scale >= 1) return picture;
        return Drawn(picture, SKRect.Create(picture.Width, picture.Height),
            Math.Max(1, (int)Math.Round(picture.Width * scale)), Math.Max(1, (int)Math.Round(picture.Height * scale)));
    }

    /// <summary>The file of a square photograph of four bytes a pixel with cut-outs pasted into it.</summary>
    public static PictureFile Paste(int side, byte[] pixels, IEnumerable<(CutOut Cut, PastePlace Place)> parts)
    {
        using var bitmap = Bitmap(side, side, pixels, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            foreach (var (cut, place) in parts)
            {
                using var own = Bitmap(cut.Width, cut.Height, cut.Pixels, SKAlphaType.Premul);
                using var image = SKImage.FromBitmap(own);
                canvas.DrawImage(image, SKRect.Create(place.Left, place.Top, place.Width, place.Height), Smooth);
            }
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return new(data.ToArray(), ".jpg");
    }

    /// <summary>Four bytes a pixel, opaque.</summary>
    public static byte[] Opaque(RgbImage picture)
    {
        var pixels = new byte[4 * picture.Width * picture.Height];
        for (int i = 0, from = 0; i < pixels.Length; i += 4, from += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) =
            (picture.Pixels[from], picture.Pixels[from + 1], picture.Pixels[from + 2], 255);
        return pixels;
    }

    private static RgbImage Drawn(RgbImage picture, SKRect from, int width, int height)
    {
        using var source = PngFile.ToBitmap(picture);
        using var image = SKImage.FromBitmap(source);
        using var target = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(target)) canvas.DrawImage(image, from, SKRect.Create(width, height), Smooth);
        return PngFile.ToImage(target);
    }

    private static SKBitmap Bitmap(int width, int height, byte[] pixels, SKAlphaType alpha)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, alpha));
        pixels.CopyTo(bitmap.GetPixelSpan());
        return bitmap;
    }
}
