namespace ClipLens.Drawing;

/// <summary>Colours of drawings.</summary>
internal static class ColorMap
{
    // Polynomials of degree six through matplotlib's "inferno" (Matt Zucker, public domain): from black over violet and orange to pale
    // yellow, evenly in lightness, so that equal steps of heat look equal, in print and to the colour-blind too.
    private static readonly double[] Red = [0.0002189403691192265, 0.1065134194856116, 11.60249308247187, -41.70399613139459,
        77.162935699427, -71.31942824499214, 25.13112622477341];
    private static readonly double[] Green = [0.001651004631001012, 0.5639564367884091, -3.972853965665698, 17.43639888205313,
        -33.40235894210092, 32.62606426397723, -12.24266895238567];
    private static readonly double[] Blue = [-0.01948089843709184, 3.932712388889277, -15.9423941062914, 44.35414519872813,
        -81.80730925738993, 73.20951985803202, -23.07032500287172];

    /// <summary>256 steps from cold to hot, red, green and blue of a step side by side.</summary>
    public static readonly byte[] Heat = [.. Enumerable.Range(0, 256)
        .SelectMany(i => new[] { Step(Red, i / 255.0), Step(Green, i / 255.0), Step(Blue, i / 255.0) })];

    /// <summary>
    /// Colours for the series of a chart, as 0xRRGGBB: those of Okabe and Ito, told apart by the colour-blind, without the yellow that
    /// white swallows.
    /// </summary>
    public static readonly uint[] Series = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x555555, 0x8C510A];

    private static byte Step(double[] polynomial, double at)
    {
        double value = 0;
        for (int i = polynomial.Length - 1; i >= 0; i--) value = value * at + polynomial[i];
        return (byte)Math.Round(255 * Math.Clamp(value, 0, 1));
    }
}
