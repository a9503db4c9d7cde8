using SkiaSharp;
using static ClipLens.Scenes.Drawing.Shapes;

namespace ClipLens.Scenes.Drawing;

/// <summary>Things of the house, food, and a snowman.</summary>
internal static class Things
{
    public static void Umbrella(Brush b)
    {
        float rim = b.Vary(-0.06f, 0.04f);
        b.Rod(b.Variant == 0 ? Palette.Iron : Palette.Wood, 0.06f, b.Variant == 0
            ? Curve(0, -0.8f, 0, 0, 0, 0.76f, 0.1f, 0.92f, 0.24f, 0.9f, 0.28f, 0.74f)
            : Polyline(0, -0.8f, 0, 0.98f));
        b.InkLine(Polyline(0, -0.8f, 0, -0.96f));
        b.Body(Smooth(-0.96f, rim + 0.04f, -0.82f, -0.4f, -0.44f, -0.74f, 0, -0.84f, 0.44f, -0.74f, 0.82f, -0.4f, 0.96f, rim + 0.04f,
            0.66f, rim - 0.1f, 0.34f, rim + 0.04f, 0, rim - 0.1f, -0.34f, rim + 0.04f, -0.66f, rim - 0.1f));
        b.InkLine(Curve(0, -0.84f, -0.26f, -0.5f, -0.34f, rim));
        b.InkLine(Curve(0, -0.84f, 0.26f, -0.5f, 0.34f, rim));
    }

    public static void Chair(Brush b)
    {
        if (b.Variant == 2) Armchair(b);
        else WoodenChair(b);
    }

    private static void WoodenChair(Brush b)
    {
        float back = b.Vary(-0.96f, -0.84f);
        b.Part(b.Dark, Limb(-0.24f, 0.2f, 0.06f, -0.24f, 0.7f, 0.05f), Limb(0.6f, 0.16f, 0.06f, 0.6f, 0.72f, 0.05f));
        if (b.Variant == 0)
        {
            b.Body(Limb(-0.46f, back, 0.075f, -0.42f, 0.92f, 0.065f), Limb(0.12f, back - 0.02f, 0.075f, 0.14f, 0, 0.07f),
                Polygon(-0.46f, back + 0.06f, 0.12f, back + 0.04f, 0.12f, back + 0.26f, -0.46f, back + 0.28f),
                Polygon(-0.44f, -0.36f, 0.12f, -0.38f, 0.12f, -0.2f, -0.44f, -0.18f));
        }
        else
        {
            b.Body(Limb(-0.42f, 0.1f, 0.065f, -0.42f, 0.92f, 0.065f),
                Smooth(-0.5f, 0.1f, -0.54f, -0.5f, -0.4f, back + 0.04f, -0.14f, back, 0.12f, back + 0.04f, 0.2f, -0.5f, 0.16f, 0.06f));
        }
        b.Body(Limb(0.36f, 0.2f, 0.065f, 0.38f, 0.92f, 0.065f));
        b.Body(Polygon(-0.52f, 0.14f, 0.1f, -0.02f, 0.72f, 0.1f, 0.46f, 0.3f, -0.5f, 0.3f));
    }

    private static void Armchair(Brush b)
    {
        b.Part(Palette.Wood, Box(-0.7f, 0.66f, -0.56f, 0.9f), Box(0.56f, 0.66f, 0.7f, 0.9f));
        b.Body(Smooth(-0.62f, 0.3f, -0.6f, -0.6f, -0.3f, -0.86f, 0.3f, -0.86f, 0.6f, -0.6f, 0.62f, 0.3f));
        b.Body(Box(-0.56f, 0.12f, 0.56f, 0.66f, 0.06f));
        b.Body(Box(-0.5f, 0.1f, 0.5f, 0.38f, 0.12f));
        b.Body(Box(-0.94f, -0.12f, -0.54f, 0.76f, 0.18f), Box(0.54f, -0.12f, 0.94f, 0.76f, 0.18f));
    }

    public static void Clock(Brush b)
    {
        float hour = b.Vary(0, MathF.Tau), minute = b.Vary(0, MathF.Tau);
        float y = 0, r = 0.86f;
        if (b.Variant == 1)
        {
            (y, r) = (0.12f, 0.7f);
            b.Rod(Palette.Iron, 0.1f, Polyline(-0.4f, 0.7f, -0.56f, 0.92f));
            b.Rod(Palette.Iron, 0.1f, Polyline(0.4f, 0.7f, 0.56f, 0.92f));
            b.Part(Palette.Steel, Sector(-0.44f, -0.6f, 0.3f, 0.26f, 150, 180), Sector(0.44f, -0.6f, 0.3f, 0.26f, 210, 180));
            b.Rod(Palette.Iron, 0.06f, Polyline(0, -0.6f, 0, -0.86f));
            b.Part(Palette.Iron, Box(-0.12f, -0.94f, 0.12f, -0.84f, 0.03f));
        }
        b.Body(Disc(0, y, r));
        b.Part(Palette.Paper, Disc(0, y, r * 0.72f));
        for (int i = 0; i < 12; i++)
        {
            var (sin, cos) = MathF.SinCos(MathF.Tau * i / 12);
            b.Line(Palette.Rubber, i % 3 == 0 ? 0.06f : 0.035f, Polyline(cos * r * 0.6f, y + sin * r * 0.6f, cos * r * 0.66f,
                y + sin * r * 0.66f));
        }
        b.Line(Palette.Rubber, 0.085f, Polyline(0, y, MathF.Cos(hour) * r * 0.34f, y + MathF.Sin(hour) * r * 0.34f));
        b.Line(Palette.Rubber, 0.06f, Polyline(0, y, MathF.Cos(minute) * r * 0.52f, y + MathF.Sin(minute) * r * 0.52f));
        b.Dot(Palette.Rubber, 0, y, 0.06f);
    }

    public static void Apple(Brush b)
    {
        float lean = b.Vary(-0.05f, 0.05f);
        b.Body(Smooth(0, -0.44f, 0.3f, -0.62f, 0.7f, -0.5f, 0.88f, -0.06f, 0.72f, 0.46f, 0.36f, 0.84f, 0.1f, 0.82f, 0, 0.78f, -0.1f, 0.82f,
            -0.36f, 0.84f, -0.72f, 0.46f, -0.88f, -0.06f, -0.7f, -0.5f, -0.3f, -0.62f));
        if (b.Variant == 1) b.Part(Palette.Cream, Smooth(0.86f, -0.3f, 0.66f, -0.26f, 0.7f, -0.08f, 0.56f, 0.06f, 0.66f, 0.2f, 0.62f,
            0.34f, 0.8f, 0.4f, 0.9f, 0.06f));
        b.Rod(Palette.Wood, 0.06f, Curve(0, -0.42f, lean, -0.66f, 0.08f + lean, -0.9f));
        b.Part(Palette.Leaf, Smooth(0.06f, -0.66f, 0.24f, -0.9f, 0.6f, -0.92f, 0.44f, -0.68f));
        b.Fill(new SKColor(255, 255, 255, 150), Smooth(-0.62f, -0.1f, -0.52f, -0.36f, -0.36f, -0.42f, -0.46f, -0.16f, -0.52f, 0.08f));
    }

    public static void Banana(Brush b)
    {
        if (b.Variant == 0) Finger(b, 0, 0, 1);
        else
        {
            Finger(b, 0.08f, -0.16f, 0.9f);
            Finger(b, -0.03f, 0.06f, 0.94f);
        }
    }

    private static void Finger(Brush b, float x, float y, float s)
    {
        float sag = b.Vary(0.56f, 0.68f);
        b.Part(Palette.Wood, Polygon(x - 0.86f * s, y - 0.42f * s, x - 0.94f * s, y - 0.68f * s, x - 0.8f * s, y - 0.72f * s, x - 0.7f * s,
            y - 0.44f * s));
        b.Body(Smooth(x - 0.88f * s, y - 0.46f * s, x - 0.72f * s, y - 0.5f * s, x - 0.44f * s, y - 0.06f * s, x, y + 0.12f * s,
            x + 0.5f * s, y - 0.02f * s,
            x + 0.88f * s, y - 0.34f * s, x + 0.97f * s, y - 0.24f * s, x + 0.78f * s, y + 0.26f * s, x + 0.3f * s, y + sag * s,
            x - 0.24f * s, y + sag * s, x - 0.7f * s, y + 0.22f * s));
        b.Fill(Palette.Wood, Disc(x + 0.93f * s, y - 0.3f * s, 0.06f * s));
        b.Line(b.Dark, 0.04f, Curve(x - 0.7f * s, y - 0.12f * s, x - 0.3f * s, y + 0.3f * s, x + 0.2f * s, y + 0.38f * s, x + 0.7f * s,
            y + 0.12f * s));
    }

    public static void Cup(Brush b)
    {
        if (b.Chance(0.6f))
            foreach (float x in (ReadOnlySpan<float>)[-0.26f, 0.1f])
                b.Line(new SKColor(245, 245, 250, 200), 0.07f, Curve(x, -0.56f, x + 0.1f, -0.68f, x - 0.04f, -0.8f, x + 0.06f, -0.95f));
        if (b.Variant == 0)
        {
            b.Rod(b.Main, 0.12f, Curve(0.44f, -0.14f, 0.78f, -0.18f, 0.9f, 0.16f, 0.74f, 0.46f, 0.42f, 0.5f));
            b.Body(Smooth(-0.68f, -0.4f, -0.1f, -0.4f, 0.48f, -0.4f, 0.5f, 0.2f, 0.42f, 0.74f, 0.3f, 0.84f, -0.1f, 0.86f, -0.5f, 0.84f,
                -0.62f, 0.74f, -0.7f, 0.2f));
            b.Part(b.Dark, Oval(-0.1f, -0.4f, 0.57f, 0.13f));
            b.Fill(new SKColor(92, 58, 36), Oval(-0.1f, -0.37f, 0.46f, 0.085f));
        }
        else
        {
            b.Part(b.Pale, Oval(-0.06f, 0.68f, 0.88f, 0.15f));
            b.Rod(b.Main, 0.1f, Curve(0.56f, -0.2f, 0.86f, -0.24f, 0.86f, 0.06f, 0.46f, 0.26f));
            b.Body(Smooth(-0.76f, -0.36f, -0.08f, -0.36f, 0.6f, -0.36f, 0.54f, 0.1f, 0.26f, 0.56f, -0.08f, 0.64f, -0.42f, 0.56f, -0.7f,
                0.1f));
            b.Part(b.Dark, Oval(-0.08f, -0.36f, 0.67f, 0.13f));
            b.Fill(new SKColor(150, 84, 40), Oval(-0.08f, -0.33f, 0.55f, 0.085f));
        }
    }

    public static void Book(Brush b)
    {
        if (b.Variant == 0) ClosedBook(b);
        else OpenBook(b);
    }

    private static void ClosedBook(Brush b)
    {
        b.Part(b.Dark, Polygon(-0.4f, -0.86f, 0.72f, -0.74f, 0.72f, 0.86f, -0.4f, 0.86f));
        b.Part(Palette.Paper, Polygon(-0.36f, -0.8f, 0.66f, -0.7f, 0.66f, 0.76f, 0.4f, 0.9f));
        b.Part(Palette.Paper, Polygon(0.5f, -0.62f, 0.66f, -0.68f, 0.66f, 0.76f, 0.5f, 0.86f));
        foreach (float x in (ReadOnlySpan<float>)[0.555f, 0.605f]) b.Line(Palette.Steel, 0.02f, Polyline(x, -0.6f, x, 0.76f));
        b.Body(Polygon(-0.68f, -0.72f, 0.48f, -0.6f, 0.48f, 0.92f, -0.68f, 0.78f));
        b.Part(b.Dark, Polygon(-0.68f, -0.72f, -0.5f, -0.7f, -0.5f, 0.8f, -0.68f, 0.78f));
        b.Part(Palette.Cream, Polygon(-0.28f, -0.42f, 0.28f, -0.36f, 0.28f, 0.06f, -0.28f, 0));
        b.Line(Palette.Iron, 0.045f, Polyline(-0.18f, -0.26f, 0.18f, -0.22f));
        b.Line(Palette.Iron, 0.045f, Polyline(-0.12f, -0.1f, 0.12f, -0.08f));
    }

    private static void OpenBook(Brush b)
    {
        b.Body(Polygon(-1, -0.42f, -0.1f, -0.46f, 0.1f, -0.46f, 1, -0.42f, 1, 0.66f, 0.1f, 0.62f, 0, 0.68f, -0.1f, 0.62f, -1, 0.66f));
        foreach (float side in (ReadOnlySpan<float>)[-1, 1])
        {
            b.Part(Palette.Paper, Smooth(0, -0.42f, side * 0.2f, -0.58f, side * 0.54f, -0.62f, side * 0.86f, -0.52f, side * 0.88f, -0.46f,
                side * 0.88f, 0.46f,
                side * 0.86f, 0.5f, side * 0.54f, 0.4f, side * 0.2f, 0.44f, 0, 0.56f));
            for (int i = 0; i < 5; i++)
                b.Line(Palette.Steel, 0.04f, Curve(side * 0.16f, -0.4f + i * 0.16f, side * 0.46f, -0.46f + i * 0.16f, side * 0.74f,
                -0.4f + i * 0.16f));
        }
        b.InkLine(Polyline(0, -0.42f, 0, 0.58f));
    }

    public static void Guitar(Brush b)
    {
        b.Part(Palette.Wood, Box(-0.075f, -0.8f, 0.075f, 0.1f));
        b.Part(Palette.Iron, Polygon(-0.11f, -0.78f, -0.15f, -0.99f, 0.15f, -0.99f, 0.11f, -0.78f));
        foreach (float y in (ReadOnlySpan<float>)[-0.94f, -0.85f])
            foreach (float x in (ReadOnlySpan<float>)[-0.19f, 0.19f]) b.Dot(Palette.Steel, x, y, 0.04f);
        if (b.Variant == 0)
        {
            float waist = b.Vary(0.24f, 0.29f);
            b.Body(Smooth(0, -0.16f, 0.22f, -0.14f, 0.36f, 0, 0.34f, 0.18f, waist, 0.3f, 0.4f, 0.46f, 0.48f, 0.68f, 0.34f, 0.92f, 0, 0.98f,
                -0.34f, 0.92f, -0.48f, 0.68f, -0.4f, 0.46f, -waist, 0.3f, -0.34f, 0.18f, -0.36f, 0, -0.22f, -0.14f));
            b.Part(Palette.Rubber, Disc(0, 0.3f, 0.14f));
        }
        else
        {
            b.Body(Smooth(0, 0, 0.16f, -0.02f, 0.38f, -0.26f, 0.46f, -0.16f, 0.32f, 0.18f, 0.34f, 0.4f, 0.5f, 0.64f, 0.4f, 0.9f, 0, 0.96f,
                -0.42f, 0.86f, -0.5f, 0.56f, -0.32f, 0.36f, -0.34f, 0.1f, -0.5f, -0.2f, -0.34f, -0.3f, -0.14f, -0.02f));
            b.Part(Palette.Paper, Box(-0.16f, 0.16f, 0.16f, 0.25f, 0.03f), Box(-0.16f, 0.38f, 0.16f, 0.47f, 0.03f));
        }
        b.Fill(Palette.Wood, Box(-0.065f, -0.3f, 0.065f, 0.14f));
        b.Part(Palette.Rubber, Box(-0.2f, 0.62f, 0.2f, 0.7f, 0.02f));
        foreach (float x in (ReadOnlySpan<float>)[-0.035f, 0.035f]) b.Line(Palette.Cream, 0.018f, Polyline(x, -0.8f, x, 0.64f));
    }

    public static void Snowman(Brush b)
    {
        b.Rod(Palette.Wood, 0.045f, Polyline(-0.3f, 0, -0.72f, -0.24f, -0.86f, -0.2f));
        b.Rod(Palette.Wood, 0.045f, Polyline(0.3f, 0, 0.72f, -0.24f, 0.76f, -0.4f));
        if (b.Variant == 0) b.Body(Disc(0, 0.58f, 0.4f), Disc(0, 0, 0.31f), Disc(0, -0.46f, 0.24f));
        else b.Body(Disc(0, 0.48f, 0.5f), Disc(0, -0.3f, 0.34f));
        float head = b.Variant == 0 ? -0.46f : -0.3f;
        var scarf = b.Pick(Palette.Brick, Palette.Leaf, new SKColor(60, 100, 180));
        b.Line(scarf, 0.13f, Curve(-0.22f, head + 0.24f, 0, head + 0.3f, 0.22f, head + 0.24f));
        b.Line(scarf, 0.12f, Polyline(0.16f, head + 0.28f, 0.22f, head + 0.54f));
        b.Part(Palette.Rubber, Box(-0.34f, head - 0.28f, 0.34f, head - 0.18f, 0.03f), Box(-0.2f, head - 0.54f, 0.2f, head - 0.2f, 0.02f));
        b.Fill(Palette.Brick, Box(-0.2f, head - 0.34f, 0.2f, head - 0.26f));
        b.Dot(Palette.Rubber, -0.09f, head - 0.06f, 0.045f);
        b.Dot(Palette.Rubber, 0.09f, head - 0.06f, 0.045f);
        b.Fill(Palette.Fire, Polygon(0, head, 0.32f, head + 0.07f, 0, head + 0.09f));
        foreach (float y in (ReadOnlySpan<float>)[0.44f, 0.62f]) b.Dot(Palette.Rubber, 0, y + (b.Variant == 0 ? 0 : -0.08f), 0.045f);
        if (b.Variant == 0) b.Dot(Palette.Rubber, 0, 0, 0.045f);
    }
}
