using ClipLens.Compute;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>Heat of patches as heat of pixels in [0, 1].</summary>
internal static class HeatPixels
{
    /// <summary>A map [grid, grid], interpolated linearly between the middles of the patches and stretched to [0, 1]: size x size values,
    /// row by row.</summary>
    public static float[] Normalised(Tensor map, int size)
    {
        float[] values = Upsample(map, size);
        Stretch(values);
        return values;
    }

    /// <summary>A map [grid, grid] in its own unit, interpolated linearly between the middles of the patches: size x size values, row by
    /// row.</summary>
    public static float[] Upsample(Tensor map, int size)
    {
        using var scope = NewDisposeScope();
        var pixels = nn.functional.interpolate(map.unsqueeze(0).unsqueeze(0), [size, size], mode: InterpolationMode.Bilinear,
            align_corners: false);
        return pixels.contiguous().Floats().ToArray();
    }

    /// <summary>Brings the smallest value to 0 and the largest to 1; a level map becomes 0 everywhere.</summary>
    public static void Stretch(Span<float> values)
    {
        (float low, float high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float value in values) (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
        float range = high - low;
        for (int i = 0; i < values.Length; i++) values[i] = range > 0 ? (values[i] - low) / range : 0;
    }
}
