using SkiaSharp;

namespace ClipLens.Models.Images;

/// <summary>Turns an image upright as its EXIF orientation says (Pillow's <c>ImageOps.exif_transpose</c>).</summary>
internal static class Orientation
{
    public static RgbImage Apply(RgbImage image, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default) return image;
        (int w, int h) = (image.Width, image.Height);
        bool swap = origin >= SKEncodedOrigin.LeftTop;
        (int width, int height) = swap ? (h, w) : (w, h);
        byte[] turned = GC.AllocateUninitializedArray<byte>(image.Pixels.Length);
        for (int y = 0, to = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, to += 3)
            {
                (int fromX, int fromY) = Source(origin, x, y, w, h);
                image.Pixels.Slice((fromY * w + fromX) * 3, 3).CopyTo(turned.AsSpan(to));
            }
        }
        return new RgbImage(width, height, turned);
    }

    /// <summary>The pixel of the stored image (w x h) that is seen at (x, y) of the upright one.</summary>
    private static (int X, int Y) Source(SKEncodedOrigin origin, int x, int y, int w, int h) => origin switch
    {
        SKEncodedOrigin.TopRight => (w - 1 - x, y),
        SKEncodedOrigin.BottomRight => (w - 1 - x, h - 1 - y),
        SKEncodedOrigin.BottomLeft => (x, h - 1 - y),
        SKEncodedOrigin.LeftTop => (y, x),
        SKEncodedOrigin.RightTop => (y, h - 1 - x),
        SKEncodedOrigin.RightBottom => (w - 1 - y, h - 1 - x),
        SKEncodedOrigin.LeftBottom => (w - 1 - y, x),
        _ => (x, y),
    };
}
