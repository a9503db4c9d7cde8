namespace ClipLens.Models.Images.Formats;

/// <summary>How many pixels an image may say it has, before any memory is taken for them.</summary>
internal static class PixelLimit
{
    /// <summary>Pillow's own limit.</summary>
    public const long Most = 178_956_970;

    // An image of up to 8K (7680 x 4320 pixels) may be as empty as it likes; a larger one has at least a byte for so many of its pixels,
    // which an image reaches in the worst quality by far.
    private const long Free = 1L << 25, PerByte = 32;

    /// <exception cref="ClipLensException">There are more than any image may have, or than its bytes can describe.</exception>
    public static void Check(long width, long height, long fileBytes, string name)
    {
        long pixels = width * height;
        if (pixels > Most)
            throw new ClipLensException(
                $"The image {name} says it has {width} x {height} pixels, more than the limit of {Most}; make it smaller or "
                + "remove it.");
        if (pixels > Math.Max(Free, PerByte * fileBytes))
            throw new ClipLensException(
                $"The image {name} says it has {width} x {height} pixels, far more than its {fileBytes} bytes can describe; make it "
                + "smaller or remove it.");
    }
}
