using ClipLens.Models.Configuration;
using ClipLens.Models.Images;

namespace ClipLens.Segmentation;

/// <summary>
/// Moves the edges of a heat map to those of the image: every pixel takes over, again and again, the heat of pixels around it that have
/// its colour (pixel-adaptive refinement, Araslanov and Roth, CVPR 2020).
/// </summary>
internal sealed class ColourRefinement
{
    // Reaches of the neighbours, for an image whose short side has so many pixels.
    private const int UsualSide = 224;
    private static readonly int[] Reaches = [1, 2, 4, 8, 12];

    /// <summary>Share of the local deviation of a colour that counts as a difference.</summary>
    private const float Sharpness = 0.1f;

    private readonly int count;
    private readonly int[] neighbours;
    private readonly float[] weights;

    /// <param name="picture">The image; it takes 8 x 40 bytes a pixel.</param>
    public ColourRefinement(RgbImage picture)
    {
        int side = Math.Min(picture.Width, picture.Height);
        int[] own = [.. Reaches.Select(reach => Math.Max(1, reach * side / UsualSide)).Distinct()];
        count = 8 * own.Length;
        neighbours = Neighbours(picture, own);
        weights = Weights(picture.Pixels, neighbours, count);
    }

    /// <summary>Refines maps of the square in the middle of an image, of so many pixels a side.</summary>
    public static ColourRefinement Prepare(RgbImage picture, int side, PreprocessConfig config) =>
        new(new RgbImage(side, side, new ImagePreprocessor(side, config).Crop(picture)));

    /// <summary>Refines a map of the image's size.</summary>
    /// <param name="heat">Height x Width values, row by row.</param>
    /// <param name="steps">How often every pixel takes over.</param>
    /// <returns>The refined map.</returns>
    public float[] Refine(float[] heat, int steps)
    {
        float[] current = [.. heat], next = new float[heat.Length];
        for (int step = 0; step < steps; step++)
        {
            for (int pixel = 0, i = 0; pixel < next.Length; pixel++)
            {
                float sum = 0;
                for (int end = i + count; i < end; i++) sum += weights[i] * current[neighbours[i]];
                next[pixel] = sum;
            }
            (current, next) = (next, current);
        }
        return current;
    }

    /// <summary>The eight pixels around every pixel at every reach; at the border those nearest to them.</summary>
    private static int[] Neighbours(RgbImage picture, int[] reaches)
    {
        (int width, int height) = (picture.Width, picture.Height);
        var found = new int[8 * reaches.Length * width * height];
        int to = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                foreach (int reach in reaches)
                    for (int direction = 0; direction < 9; direction++)
                    {
                        if (direction == 4) continue;
                        int row = Math.Clamp(y + (direction / 3 - 1) * reach, 0, height - 1),
                            column = Math.Clamp(x + (direction % 3 - 1) * reach, 0, width - 1);
                        found[to++] = row * width + column;
                    }
        return found;
    }

    /// <summary>How much of each neighbour's heat a pixel takes over: the more alike their colours, measured by how much colours differ
    /// there; adds up to one.</summary>
    private static float[] Weights(ReadOnlySpan<byte> pixels, int[] neighbours, int count)
    {
        var weights = new float[neighbours.Length];
        for (int start = 0, pixel = 0; start < weights.Length; start += count, pixel++)
        {
            var own = weights.AsSpan(start, count);
            var around = neighbours.AsSpan(start, count);
            for (int c = 0; c < 3; c++) AddDifferences(pixels, c, pixel, around, own);
            float sum = 0;
            for (int i = 0; i < count; i++) sum += own[i] = MathF.Exp(-own[i] / 3);
            // Where nothing around has the colour, all count alike.
            for (int i = 0; i < count; i++) own[i] = sum > 1e-30f ? own[i] / sum : 1f / count;
        }
        return weights;
    }

    private static void AddDifferences(ReadOnlySpan<byte> pixels, int channel, int pixel, ReadOnlySpan<int> around, Span<float> differences)
    {
        float sum = 0, squares = 0;
        foreach (int neighbour in around)
        {
            float value = pixels[3 * neighbour + channel];
            (sum, squares) = (sum + value, squares + value * value);
        }
        float mean = sum / around.Length, scale = Sharpness * MathF.Sqrt(MathF.Max(0, squares / around.Length - mean * mean)) + 1e-3f;
        for (int i = 0; i < around.Length; i++) differences[i] += Math.Abs(
            pixels[3 * around[i] + channel] - pixels[3 * pixel + channel]) / scale;
    }
}
