using SkiaSharp;

namespace ClipLens.Scenes.Drawing;

/// <summary>Surface patterns: everything that is painted in the second colour, over the whole box of an object.</summary>
internal static class Patterns
{
    /// <summary>The outline of the pattern; null for a plain surface.</summary>
    public static SKPath? Outline(SurfacePattern pattern, SceneRandom random)
    {
        float scale = random.Uniform(0.85f, 1.2f), shift = random.Uniform(0, 0.4f), angle = random.Uniform();
        return pattern switch
        {
            SurfacePattern.Striped => Stripes(0.36f * scale, shift, angle),
            SurfacePattern.Dotted => Dots(0.4f * scale, shift),
            SurfacePattern.Checked => Checks(0.25f * scale, shift * 0.5f),
            _ => null,
        };
    }

    private static SKPath Stripes(float period, float shift, float angle)
    {
        var path = new SKPath();
        for (float at = -2 + shift; at < 2; at += period) path.AddRect(new SKRect(at, -2, at + period * 0.42f, 2));
        // Upright, level or aslant.
        float degrees = angle < 0.4f ? 0 : angle < 0.65f ? 90 : angle < 0.83f ? 40 : -40;
        path.Transform(SKMatrix.CreateRotationDegrees(degrees));
        return path;
    }

    private static SKPath Dots(float period, float shift)
    {
        var path = new SKPath();
        int row = 0;
        for (float y = -1.5f + shift; y < 1.5f; y += period * 0.8f, row++)
            for (float x = -1.5f + shift + row % 2 * period / 2; x < 1.5f; x += period)
                path.AddCircle(x, y, period * 0.25f);
        return path;
    }

    private static SKPath Checks(float side, float shift)
    {
        var path = new SKPath();
        int row = 0;
        for (float y = -1.5f + shift; y < 1.5f; y += side, row++)
            for (float x = -1.5f + shift + row % 2 * side; x < 1.5f; x += 2 * side)
                path.AddRect(new SKRect(x, y, x + side, y + side));
        return path;
    }
}
