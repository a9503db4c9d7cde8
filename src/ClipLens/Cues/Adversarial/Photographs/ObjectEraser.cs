using ClipLens.Models.Images;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>Takes the main object out of a photograph, so that the scene alone is left: its place is filled from around it.</summary>
internal static class ObjectEraser
{
    /// <summary>The part of a photograph that may be object; of more no scene is left.</summary>
    public const double MostObject = 0.5;

    /// <summary>Side of a picture that is filled at once, and pixels about a mask that go too, as a share of the side.</summary>
    private const int Smallest = 2;
    private const double Margin = 0.03;

    /// <summary>Erases an object.</summary>
    /// <param name="picture">A square photograph.</param>
    /// <param name="mask">A value a pixel, not 0 on the object.</param>
    /// <returns>The photograph without it; null where the object is most of it.</returns>
    public static RgbImage? Erase(RgbImage picture, byte[] mask)
    {
        int side = picture.Width;
        var known = Known(mask, side, Math.Max(1, (int)(Margin * side)));
        if (known.Count(isKnown => !isKnown) > MostObject * side * side) return null;
        var pixels = new float[picture.Pixels.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = picture.Pixels[i];
        float[] filled = Filled(pixels, Array.ConvertAll(known, isKnown => isKnown ? 1f : 0f), side);
        return new(side, side, Array.ConvertAll(filled, value => (byte)Math.Clamp(value + 0.5f, 0, 255)));
    }

    /// <summary>Pixels that lie further than a margin from the mask, by rows and by columns.</summary>
    private static bool[] Known(byte[] mask, int side, int margin)
    {
        bool[] covered = [.. mask.Select(value => value != 0)];
        foreach (bool rows in new[] { true, false })
        {
            var wider = (bool[])covered.Clone();
            for (int line = 0; line < side; line++)
                for (int at = 0; at < side; at++)
                    if (covered[rows ? line * side + at : at * side + line])
                        for (int near = Math.Max(0, at - margin); near <= Math.Min(side - 1, at + margin); near++)
                            wider[rows ? line * side + near : near * side + line] = true;
            covered = wider;
        }
        return Array.ConvertAll(covered, own => !own);
    }

    /// <summary>Unknown pixels from a picture of half the size, in which four pixels are one and what is unknown there is filled in the
    /// same way.</summary>
    private static float[] Filled(float[] pixels, float[] weights, int side)
    {
        if (side <= Smallest || weights.Min() > 0) return Normalised(pixels, weights);
        int half = (side + 1) / 2;
        var (small, weight) = (new float[3 * half * half], new float[half * half]);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            {
                int to = y / 2 * half + x / 2, from = y * side + x;
                float own = weights[from] > 0 ? 1 : 0;
                weight[to] += own;
                for (int c = 0; c < 3; c++) small[3 * to + c] += own * pixels[3 * from + c];
            }
        for (int i = 0; i < weight.Length; i++)
            for (int c = 0; c < 3 && weight[i] > 0; c++) small[3 * i + c] /= weight[i];
        var coarse = Filled(small, weight, half);
        var result = (float[])pixels.Clone();
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                for (int c = 0; c < 3 && weights[y * side + x] == 0; c++)
                    result[3 * (y * side + x) + c] = Between(coarse, half, (x - 0.5f) / 2, (y - 0.5f) / 2, c);
        return result;
    }

    private static float Between(float[] pixels, int side, float x, float y, int channel)
    {
        int left = Math.Clamp((int)MathF.Floor(x), 0, side - 1), top = Math.Clamp((int)MathF.Floor(y), 0, side - 1);
        int right = Math.Min(left + 1, side - 1), bottom = Math.Min(top + 1, side - 1);
        float across = Math.Clamp(x - left, 0, 1), down = Math.Clamp(y - top, 0, 1);
        float Value(int column, int row) => pixels[3 * (row * side + column) + channel];
        return (1 - down) * ((1 - across) * Value(left, top) + across * Value(right, top))
            + down * ((1 - across) * Value(left, bottom) + across * Value(right, bottom));
    }

    /// <summary>The smallest picture: what is unknown there gets the mean of the rest.</summary>
    private static float[] Normalised(float[] pixels, float[] weights)
    {
        float all = weights.Count(weight => weight > 0);
        if (all == weights.Length || all == 0) return pixels;
        var result = (float[])pixels.Clone();
        for (int c = 0; c < 3; c++)
        {
            float sum = 0;
            for (int i = 0; i < weights.Length; i++) sum += weights[i] > 0 ? pixels[3 * i + c] : 0;
            for (int i = 0; i < weights.Length; i++) if (weights[i] == 0) result[3 * i + c] = sum / all;
        }
        return result;
    }
}
