using ClipLens.Models.Images;

namespace ClipLens.Drawing;

/// <summary>A segmentation over its picture.</summary>
public static class MaskOverlay
{
    /// <summary>The picture with the masked part tinted and outlined and the rest dimmed.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">Of the picture's size; what is neither 0 nor 255 (ignored) belongs to the mask.</param>
    /// <param name="colour">The tint, as 0xRRGGBB.</param>
    public static RgbImage Draw(RgbImage picture, LabelMask mask, uint colour = 0xFF7A00)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        if ((mask.Width, mask.Height) != (picture.Width, picture.Height))
        {
            throw new ClipLensException(
                $"The mask has {mask.Width} x {mask.Height} pixels and its picture {picture.Width} x {picture.Height}; "
                + "give a mask of the picture's size.");
        }
        byte[] pixels = new byte[picture.Pixels.Length];
        int outline = Math.Max(1, Math.Min(picture.Width, picture.Height) / 200);
        for (int y = 0, i = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++, i += 3)
            {
                bool inside = Inside(mask, x, y);
                double share = !inside ? 0 : OnOutline(mask, x, y, outline) ? 1 : 0.4;
                for (int c = 0; c < 3; c++)
                    pixels[i + c] =
                        (byte)((1 - share) * (inside ? 1 : 0.55) * picture.Pixels[i + c] + share * (colour >> (16 - 8 * c) & 255));
            }
        }
        return new RgbImage(picture.Width, picture.Height, pixels);
    }

    private static bool Inside(LabelMask mask, int x, int y) =>
        x >= 0 && y >= 0 && x < mask.Width && y < mask.Height && mask.Labels[y * mask.Width + x] is not (0 or 255);

    private static bool OnOutline(LabelMask mask, int x, int y, int width) =>
        !Inside(mask, x - width, y) || !Inside(mask, x + width, y) || !Inside(mask, x, y - width) || !Inside(mask, x, y + width);
}
