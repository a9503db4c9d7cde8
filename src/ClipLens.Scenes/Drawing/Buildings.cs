using SkiaSharp;
using static ClipLens.Scenes.Drawing.Shapes;

namespace ClipLens.Scenes.Drawing;

/// <summary>What people build.</summary>
internal static class Buildings
{
    public static void House(Brush b)
    {
        var roof = b.Pick(Palette.Brick, Palette.Iron, Palette.Wood);
        var door = b.Pick(Palette.Wood, new SKColor(60, 90, 120), Palette.Brick);
        if (b.Variant == 0)
        {
            b.Part(Palette.Brick, Box(0.34f, -0.86f, 0.54f, -0.3f));
            b.Body(Polygon(-0.74f, 0.9f, -0.74f, -0.06f, 0, -0.72f, 0.74f, -0.06f, 0.74f, 0.9f));
            b.Part(roof, Polygon(-0.98f, 0.02f, 0, -0.94f, 0.98f, 0.02f, 0.86f, 0.16f, 0, -0.68f, -0.86f, 0.16f));
            b.Part(Palette.Glass, Disc(0, -0.22f, 0.13f));
            Window(b, -0.56f, 0.22f, 0.34f);
            Window(b, 0.24f, 0.22f, 0.34f);
            b.Part(door, Box(-0.14f, 0.36f, 0.14f, 0.9f, 0.02f));
            b.Dot(Palette.Gold, 0.08f, 0.64f, 0.03f);
        }
        else if (b.Variant == 1)
        {
            b.Part(Palette.Brick, Box(-0.6f, -0.7f, -0.42f, -0.2f));
            b.Body(Box(-0.86f, -0.1f, 0.86f, 0.82f));
            b.Part(roof, Polygon(-1, -0.04f, -0.66f, -0.58f, 0.66f, -0.58f, 1, -0.04f));
            Window(b, -0.7f, 0.14f, 0.36f);
            Window(b, 0.36f, 0.14f, 0.36f);
            b.Part(door, Box(-0.16f, 0.2f, 0.16f, 0.82f, 0.02f));
            b.Dot(Palette.Gold, 0.1f, 0.52f, 0.03f);
        }
        else
        {
            b.Body(Polygon(-0.56f, 0.92f, -0.56f, -0.4f, 0, -0.82f, 0.56f, -0.4f, 0.56f, 0.92f));
            b.Part(roof, Polygon(-0.76f, -0.32f, 0, -0.98f, 0.76f, -0.32f, 0.66f, -0.2f, 0, -0.76f, -0.66f, -0.2f));
            Window(b, -0.42f, -0.2f, 0.3f);
            Window(b, 0.12f, -0.2f, 0.3f);
            Window(b, 0.12f, 0.34f, 0.3f);
            b.Part(door, Box(-0.4f, 0.36f, -0.1f, 0.92f, 0.02f));
        }
    }

    private static void Window(Brush b, float left, float top, float side)
    {
        b.Part(Palette.Glass, Box(left, top, left + side, top + side));
        b.InkLine(Polyline(left + side / 2, top, left + side / 2, top + side));
        b.InkLine(Polyline(left, top + side / 2, left + side, top + side / 2));
    }

    public static void Lighthouse(Brush b)
    {
        float foot = b.Vary(0.32f, 0.4f);
        b.Fill(new SKColor(255, 244, 170, 110), Polygon(0, -0.74f, 0.98f, -0.98f, 0.98f, -0.5f));
        if (b.Chance(0.6f)) b.Fill(new SKColor(255, 244, 170, 110), Polygon(0, -0.74f, -0.98f, -0.98f, -0.98f, -0.5f));
        b.Part(Palette.Steel, Smooth(-0.72f, 0.98f, -0.56f, 0.78f, -0.1f, 0.72f, 0.5f, 0.76f, 0.72f, 0.98f));
        b.Body(Polygon(-foot, 0.84f, -0.2f, -0.54f, 0.2f, -0.54f, foot, 0.84f));
        if (b.Variant == 1)
        {
            b.Part(Palette.Paper, Polygon(-foot + 0.045f, 0.4f, -foot + 0.085f, 0.12f, foot - 0.085f, 0.12f, foot - 0.045f, 0.4f));
            b.Part(Palette.Paper, Polygon(-0.25f, -0.12f, -0.225f, -0.34f, 0.225f, -0.34f, 0.25f, -0.12f));
        }
        b.Part(Palette.Iron, Box(-0.3f, -0.6f, 0.3f, -0.52f, 0.02f));
        b.Part(Palette.Gold, Box(-0.15f, -0.84f, 0.15f, -0.58f));
        b.Part(Palette.Brick, Smooth(-0.22f, -0.82f, 0, -1, 0.22f, -0.82f));
        b.Part(Palette.Iron, Box(-0.1f, 0.58f, 0.1f, 0.84f, 0.08f));
        b.Fill(Palette.Iron, Box(-0.06f, -0.06f, 0.06f, 0.06f));
    }

    public static void Tent(Brush b)
    {
        if (b.Variant == 2)
        {
            foreach (float side in (ReadOnlySpan<float>)[-1, 1]) b.Rod(Palette.Wood, 0.04f,
                Polyline(side * 0.16f, -0.96f, -side * 0.08f, -0.5f));
            b.Body(Polygon(-0.66f, 0.86f, -0.04f, -0.72f, 0.04f, -0.72f, 0.66f, 0.86f));
            b.Part(Palette.Rubber, Polygon(-0.2f, 0.86f, 0, 0, 0.2f, 0.86f));
            return;
        }
        float top = b.Vary(-0.62f, -0.5f), shift = b.Vary(-0.08f, 0.08f);
        b.InkLine(Polyline(-0.86f, 0.6f, -0.99f, 0.68f));
        b.InkLine(Polyline(0.9f, 0.5f, 0.99f, 0.58f));
        if (b.Variant == 0)
        {
            b.Part(b.Dark, Polygon(-0.2f + shift, top, 0.46f + shift, top + 0.04f, 0.94f, 0.56f, 0.36f, 0.64f));
            b.Body(Polygon(-0.2f + shift, top, -0.9f, 0.64f, 0.4f, 0.64f));
            b.Part(Palette.Rubber, Polygon(-0.2f + shift, top + 0.34f, -0.46f, 0.64f, 0, 0.64f));
            b.Part(b.Pale, Polygon(-0.2f + shift, top + 0.3f, 0, 0.64f, 0.14f, 0.64f));
        }
        else
        {
            b.Body(Smooth(-0.92f, 0.62f, -0.76f, 0, -0.4f, top + 0.1f, 0, top, 0.4f, top + 0.1f, 0.76f, 0, 0.92f, 0.62f, 0, 0.66f));
            b.Part(Palette.Rubber, Smooth(-0.3f, 0.63f, -0.2f, 0.16f, 0, -0.02f, 0.2f, 0.16f, 0.3f, 0.63f));
            b.InkLine(Curve(0, top, -0.5f, 0, -0.62f, 0.62f));
            b.InkLine(Curve(0, top, 0.5f, 0, 0.62f, 0.62f));
        }
    }
}
