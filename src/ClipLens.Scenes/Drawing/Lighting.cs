namespace ClipLens.Scenes.Drawing;

/// <summary>The light of a scene on its finished picture, and the camera's noise.</summary>
internal static class Lighting
{
    /// <summary>From RGBA pixels to RGB bytes.</summary>
    public static void Apply(ReadOnlySpan<byte> rgba, Span<byte> rgb, int size, Scene scene)
    {
        var light = scene.Light;
        Span<float> tint = [light.Brightness * (1 + light.Warmth), light.Brightness * (1 + light.Warmth * 0.3f),
            light.Brightness * (1 - light.Warmth)];
        ulong noise = SceneRandom.Derive(scene.Seed, 77);
        for (int y = 0; y < size; y++)
        {
            float row = 1 + light.GradientY * ((y + 0.5f) / size - 0.5f) - light.GradientX * 0.5f;
            for (int x = 0; x < size; x++)
            {
                float gain = row + light.GradientX * ((x + 0.5f) / size);
                int at = y * size + x;
                ulong bits = light.Noise > 0 ? ClipLens.Compute.SeededRandom.SplitMix(ref noise) : 0;
                for (int c = 0; c < 3; c++)
                {
                    float value = rgba[4 * at + c] * gain * tint[c] + light.Noise * Grain(bits, c);
                    rgb[3 * at + c] = (byte)Math.Clamp(value + 0.5f, 0, 255);
                }
            }
        }
    }

    // Triangular, between -1 and 1: two uniform draws of 10 bits a channel.
    private static float Grain(ulong bits, int channel)
    {
        if (bits == 0) return 0;
        int first = (int)(bits >> (20 * channel)) & 1023, second = (int)(bits >> (20 * channel + 10)) & 1023;
        return (first - second) / 1023f;
    }
}
