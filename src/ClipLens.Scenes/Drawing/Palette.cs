using SkiaSharp;

namespace ClipLens.Scenes.Drawing;

/// <summary>The world's paints.</summary>
internal static class Palette
{
    public static readonly SKColor Glass = new(190, 225, 240);
    public static readonly SKColor Steel = new(150, 156, 166);
    public static readonly SKColor Iron = new(74, 78, 88);
    public static readonly SKColor Rubber = new(44, 44, 50);
    public static readonly SKColor Wood = new(150, 100, 58);
    public static readonly SKColor Cream = new(250, 240, 214);
    public static readonly SKColor Paper = new(252, 250, 244);
    public static readonly SKColor Leaf = new(66, 150, 70);
    public static readonly SKColor Gold = new(250, 200, 60);
    public static readonly SKColor Fire = new(250, 120, 40);
    public static readonly SKColor Brick = new(172, 84, 64);

    private static readonly SKColor[] Paints =
    [
        new(218, 44, 40), new(245, 138, 28), new(250, 214, 50), new(58, 164, 74), new(42, 102, 214),
        new(132, 66, 182), new(248, 142, 190), new(128, 82, 46), new(46, 46, 52), new(246, 246, 244),
    ];

    public static SKColor Paint(SceneColour colour) => Paints[(int)colour];

    /// <summary>What a pattern is painted with: white, but something dark on the light colours.</summary>
    public static SKColor PatternOn(SceneColour colour) => colour switch
    {
        SceneColour.White => new SKColor(140, 146, 164),
        SceneColour.Yellow => new SKColor(110, 84, 40),
        SceneColour.Pink => new SKColor(150, 40, 100),
        _ => new SKColor(250, 250, 246),
    };

    public static SKColor Mix(SKColor from, SKColor to, float share) => new(
        Blend(from.Red, to.Red, share), Blend(from.Green, to.Green, share), Blend(from.Blue, to.Blue, share),
        Blend(from.Alpha, to.Alpha, share));

    public static SKColor Darker(SKColor colour, float share) => Mix(colour, new SKColor(16, 16, 26), share);

    public static SKColor Lighter(SKColor colour, float share) => Mix(colour, SKColors.White, share);

    private static byte Blend(byte from, byte to, float share) => (byte)Math.Clamp(from + (to - from) * share + 0.5f, 0, 255);
}
