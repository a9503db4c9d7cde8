using ClipLens.Models.Images;

namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>An object cut out of a photograph, with a soft edge.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">Height x Width x 4 bytes: red, green and blue times the opacity, and the opacity.</param>
internal sealed record CutOut(int Width, int Height, byte[] Pixels)
{
    /// <summary>Its first column in the photograph.</summary>
    public int Left { get; init; }

    /// <summary>Its first row there.</summary>
    public int Top { get; init; }

    private const double LeastShare = 0.02, LeastOfLargest = 0.25;

    /// <summary>Cuts out what a mask covers; small specks beside it are left behind.</summary>
    /// <param name="picture">The photograph.</param>
    /// <param name="mask">A value a pixel, 0 outside the object.</param>
    /// <returns>Null where the mask covers next to nothing.</returns>
    public static CutOut? Cut(RgbImage picture, byte[] mask)
    {
        (int width, int height) = (picture.Width, picture.Height);
        bool[] kept = LargeParts(mask, width, height);
        (int left, int top, int right, int bottom) = (width, height, -1, -1);
        int covered = 0;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (!kept[y * width + x]) continue;
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
                covered++;
            }
        }
        if (covered < LeastShare * width * height) return null;
        float[] opacity = SoftInside(kept, width, height, Math.Max(1, Math.Min(width, height) / 100));
        var pixels = new byte[4 * (right - left + 1) * (bottom - top + 1)];
        for (int y = top, to = 0; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++, to += 4)
            {
                float share = opacity[y * width + x];
                for (int c = 0; c < 3; c++) pixels[to + c] = (byte)(picture.Pixels[3 * (y * width + x) + c] * share + 0.5f);
                pixels[to + 3] = (byte)(255 * share + 0.5f);
            }
        }
        return new(right - left + 1, bottom - top + 1, pixels) { Left = left, Top = top };
    }

    /// <summary>The connected parts of a mask that are not much smaller than the largest.</summary>
    internal static bool[] LargeParts(byte[] mask, int width, int height)
    {
        var part = new int[mask.Length];
        var sizes = new List<int> { 0 };
        var open = new Stack<int>();
        for (int start = 0; start < mask.Length; start++)
        {
            if (mask[start] == 0 || part[start] != 0) continue;
            (int label, int size) = (sizes.Count, 0);
            part[start] = label;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                size++;
                int x = at % width, y = at / width;
                if (x > 0) Visit(at - 1, label);
                if (x < width - 1) Visit(at + 1, label);
                if (y > 0) Visit(at - width, label);
                if (y < height - 1) Visit(at + width, label);
            }
            sizes.Add(size);
        }
        double least = LeastOfLargest * sizes.Max();
        return Array.ConvertAll(part, label => label > 0 && sizes[label] >= least);

        void Visit(int at, int label)
        {
            if (mask[at] == 0 || part[at] != 0) return;
            part[at] = label;
            open.Push(at);
        }
    }

    /// <summary>Opacity that rises from the edge inwards, so that nothing of the old background comes along.</summary>
    private static float[] SoftInside(bool[] inside, int width, int height, int radius)
    {
        float[] values = Array.ConvertAll(inside, one => one ? 1f : 0f);
        values = Blur(Blur(values, width, height, radius, 1, width), height, width, radius, width, 1);
        for (int i = 0; i < values.Length; i++) values[i] = inside[i] ? Math.Clamp(2 * values[i] - 1, 0, 1) : 0;
        return values;
    }

    /// <summary>The mean over 2 radius + 1 neighbours along a line; beyond the picture's border it goes on as at the border.</summary>
    private static float[] Blur(float[] values, int length, int lines, int radius, int step, int nextLine)
    {
        var blurred = new float[values.Length];
        for (int line = 0; line < lines; line++)
        {
            for (int at = 0; at < length; at++)
            {
                float sum = 0;
                for (int near = at - radius; near <= at + radius; near++) sum += values[line * nextLine
                    + Math.Clamp(near, 0, length - 1) * step];
                blurred[line * nextLine + at * step] = sum / (2 * radius + 1);
            }
        }
        return blurred;
    }
}
