namespace ClipLens.Cues.Adversarial.Photographs;

/// <summary>Brings the light of a cut-out nearer to that of the scene it is put on.</summary>
internal static class LightMatch
{
    /// <summary>How much of the difference of the means is taken, as a power of their ratio, and how far a channel is changed at
    /// most.</summary>
    private const double Strength = 0.4, MostGain = 1.4;

    /// <summary>The cut-out with each colour multiplied towards the scene's mean.</summary>
    /// <param name="cut">The cut-out; its colours are multiplied with its opacity.</param>
    /// <param name="scene">Four bytes a pixel, opaque.</param>
    public static CutOut Match(CutOut cut, byte[] scene)
    {
        var pixels = (byte[])cut.Pixels.Clone();
        double opacity = Sum(cut.Pixels, 3), sceneOpacity = Sum(scene, 3);
        for (int channel = 0; channel < 3; channel++)
        {
            double own = Sum(cut.Pixels, channel) / opacity, other = Sum(scene, channel) / sceneOpacity;
            double gain = own > 0 ? Math.Clamp(Math.Pow(other / own, Strength), 1 / MostGain, MostGain) : 1;
            for (int i = channel; i < pixels.Length; i += 4)
                pixels[i] = (byte)Math.Min(pixels[i - channel + 3], cut.Pixels[i] * gain + 0.5);
        }
        return cut with { Pixels = pixels };
    }

    private static double Sum(byte[] pixels, int channel)
    {
        long sum = 0;
        for (int i = channel; i < pixels.Length; i += 4) sum += pixels[i];
        return sum;
    }
}
