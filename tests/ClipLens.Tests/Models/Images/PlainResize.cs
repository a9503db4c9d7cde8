namespace ClipLens.Tests.Models.Images;

/// <summary>
/// A bicubic resize with antialiasing and a centre crop, written down plainly: every weight from the kernel in double precision, one pixel
/// at a time, with Pillow's two roundings: weights to multiples of 2^-22, values to whole numbers between and after the passes.
/// </summary>
internal static class PlainResize
{
    public static byte[] Crop(byte[] pixels, int width, int height, int size, bool squashes = false)
    {
        int shortSide = Math.Min(width, height), rest = (int)((double)size * Math.Max(width, height) / shortSide);
        (int w, int h) = squashes ? (size, size) : width <= height ? (size, rest) : (rest, size);
        double[] across = Resize([.. pixels.Select(v => (double)v)], height, width, w);
        double[] turned = Resize(Turn(across, height, w), w, height, h);
        double[] whole = Turn(turned, w, h);
        int left = (int)Math.Round((w - size) / 2.0), top = (int)Math.Round((h - size) / 2.0);
        byte[] crop = new byte[size * size * 3];
        for (int y = 0, i = 0; y < size; y++)
            for (int x = 0; x < size * 3; x++, i++) crop[i] = (byte)whole[(y + top) * w * 3 + left * 3 + x];
        return crop;
    }

    private static double[] Turn(double[] from, int rows, int columns)
    {
        double[] to = new double[from.Length];
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
                for (int c = 0; c < 3; c++) to[(x * rows + y) * 3 + c] = from[(y * columns + x) * 3 + c];
        return to;
    }

    private static double[] Resize(double[] from, int rows, int inWidth, int outWidth)
    {
        double scale = (double)inWidth / outWidth, stretch = Math.Max(1, scale);
        double[] to = new double[rows * outWidth * 3];
        for (int x = 0; x < outWidth; x++)
        {
            double center = (x + 0.5) * scale;
            double[] weights = [.. Enumerable.Range(0, inWidth).Select(i => Kernel((i + 0.5 - center) / stretch))];
            double sum = weights.Sum();
            long[] fixedPoint = [.. weights.Select(weight => (long)Math.Truncate(weight / sum * (1 << 22) + Math.Sign(weight) * 0.5))];
            for (int y = 0; y < rows; y++)
            {
                for (int c = 0; c < 3; c++)
                {
                    long value = 1 << 21;
                    for (int i = 0; i < inWidth; i++) value += fixedPoint[i] * (long)from[(y * inWidth + i) * 3 + c];
                    to[(y * outWidth + x) * 3 + c] = Math.Clamp(value >> 22, 0, 255);
                }
            }
        }
        return to;
    }

    /// <summary>Catmull-Rom: 1.5 |x|^3 - 2.5 x^2 + 1 up to 1, -0.5 |x|^3 + 2.5 x^2 - 4 |x| + 2 up to 2.</summary>
    private static double Kernel(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
    }
}
