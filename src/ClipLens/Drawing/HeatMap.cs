using ClipLens.Models.Images;

namespace ClipLens.Drawing;

/// <summary>A value for each patch of a picture, to be seen over it.</summary>
/// <param name="Values">Rows x Columns values, row by row.</param>
/// <param name="Rows">Rows of patches.</param>
/// <param name="Columns">Columns of patches.</param>
public sealed record HeatMap(IReadOnlyList<float> Values, int Rows, int Columns)
{
    /// <summary>
    /// The map over the picture, from no colour where it is coldest to pale yellow where it is hottest; the picture is dimmed beneath.
    /// </summary>
    /// <param name="picture">The picture as the model saw it, or the whole one if <paramref name="seen"/> tells where it looked.</param>
    /// <param name="low">The value of the coldest colour; the map's own smallest if left out.</param>
    /// <param name="high">The value of the hottest colour; the map's own largest if left out.</param>
    /// <param name="seen">Where on the picture the map lies, if not on all of it; the rest is darkened.</param>
    public RgbImage Overlay(RgbImage picture, float? low = null, float? high = null, CropGeometry? seen = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        (double left, double top, double width, double height) = seen?.SeenBox ?? (0, 0, picture.Width, picture.Height);
        float[] finite = [.. Values.Where(float.IsFinite)];
        float cold = low ?? finite.DefaultIfEmpty(0).Min(), hot = high ?? finite.DefaultIfEmpty(0).Max();
        byte[] pixels = new byte[picture.Pixels.Length];
        for (int y = 0, i = 0; y < picture.Height; y++)
        {
            double row = (y + 0.5 - top) / height;
            for (int x = 0; x < picture.Width; x++, i += 3)
            {
                double column = (x + 0.5 - left) / width;
                bool inside = row is >= 0 and < 1 && column is >= 0 and < 1;
                double heat = inside && hot > cold ? (At(row, column) - cold) / (hot - cold) : 0;
                Blend(picture.Pixels.Slice(i, 3), inside ? Math.Clamp(heat, 0, 1) : double.NaN, pixels.AsSpan(i, 3));
            }
        }
        return new RgbImage(picture.Width, picture.Height, pixels);
    }

    /// <summary>
    /// The map in the pixels of a picture: linear between the middles of the patches, level outside them (torch's bilinear interpolation
    /// without aligned corners).
    /// </summary>
    /// <returns>height x width values.</returns>
    public float[] Upsample(int height, int width)
    {
        float[] values = new float[height * width];
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i++) values[i] = (float)At((y + 0.5) / height, (x + 0.5) / width);
        return values;
    }

    /// <summary>The value at a place given in shares of the height and the width.</summary>
    private double At(double row, double column)
    {
        double y = Math.Clamp(row * Rows - 0.5, 0, Rows - 1), x = Math.Clamp(column * Columns - 0.5, 0, Columns - 1);
        (int top, int left) = ((int)y, (int)x);
        (int below, int right) = (Math.Min(top + 1, Rows - 1), Math.Min(left + 1, Columns - 1));
        (y, x) = (y - top, x - left);
        double above = (1 - x) * Value(top, left) + x * Value(top, right), beneath = (1 - x) * Value(below, left) + x * Value(below, right);
        return (1 - y) * above + y * beneath;
    }

    private float Value(int row, int column) => Values[row * Columns + column];

    private static void Blend(ReadOnlySpan<byte> from, double heat, Span<byte> to)
    {
        // Outside of what the model saw: darkened and nearly grey.
        double grey = (0.299 * from[0] + 0.587 * from[1] + 0.114 * from[2]) * 0.45;
        double share = 0.75 * Math.Sqrt(heat);
        int colour = double.IsNaN(heat) ? 0 : 3 * (int)(heat * 255);
        for (int c = 0; c < 3; c++)
            to[c] = (byte)(double.IsNaN(heat) ? grey : (1 - share) * 0.85 * from[c] + share * ColorMap.Heat[colour + c]);
    }
}
