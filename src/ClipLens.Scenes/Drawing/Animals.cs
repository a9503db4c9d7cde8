using SkiaSharp;
using static ClipLens.Scenes.Drawing.Shapes;

namespace ClipLens.Scenes.Drawing;

/// <summary>Animals, facing right unless they look at us.</summary>
internal static class Animals
{
    public static void Bird(Brush b)
    {
        if (b.Variant == 0) PerchedBird(b);
        else FlyingBird(b);
    }

    private static void PerchedBird(Brush b)
    {
        float lift = b.Vary(-0.06f, 0.06f);
        b.Line(Palette.Fire, 0.06f, Polyline(-0.02f, 0.5f, -0.02f, 0.88f, 0.14f, 0.9f));
        b.Line(Palette.Fire, 0.06f, Polyline(-0.02f, 0.88f, -0.14f, 0.9f));
        b.Line(Palette.Fire, 0.06f, Polyline(0.18f, 0.5f, 0.2f, 0.84f, 0.36f, 0.86f));
        b.Part(Palette.Gold, Polygon(0.6f, -0.52f, 0.98f, -0.4f, 0.6f, -0.3f));
        b.Body(Polygon(-0.44f, 0.06f, -1, 0.34f + lift, -0.9f, 0.56f + lift, -0.3f, 0.42f), Oval(0.02f, 0.16f, 0.5f, 0.42f),
            Disc(0.38f, -0.42f, 0.32f));
        b.Fill(new SKColor(255, 255, 255, 110), Smooth(0.2f, 0, 0.44f, -0.02f, 0.46f, 0.24f, 0.24f, 0.48f, 0.1f, 0.4f));
        b.Part(b.Dark, Smooth(0.14f, 0, -0.12f, -0.1f, -0.42f, 0.1f, -0.66f, 0.36f, -0.3f, 0.4f, 0.04f, 0.28f));
        b.Eye(0.48f, -0.48f, 0.1f);
    }

    private static void FlyingBird(Brush b)
    {
        float up = b.Vary(-0.1f, 0.1f);
        b.Part(b.Dark, Smooth(0.16f, -0.06f, 0.1f, -0.5f, -0.12f, -0.86f + up, -0.4f, -0.84f + up, -0.32f, -0.36f, -0.2f, 0));
        b.Part(Palette.Gold, Polygon(0.8f, -0.16f, 1, -0.04f, 0.8f, 0.04f));
        b.Body(Polygon(-0.42f, 0.02f, -0.98f, -0.12f, -0.86f, 0.1f, -0.98f, 0.3f, -0.4f, 0.22f),
            Smooth(-0.54f, 0.08f, -0.1f, -0.14f, 0.4f, -0.16f, 0.6f, 0.06f, 0.36f, 0.28f, -0.1f, 0.3f), Disc(0.66f, -0.08f, 0.22f));
        b.Body(Smooth(0.3f, 0.02f, 0.22f, -0.4f, 0, -0.8f + up, -0.36f, -0.99f + up, -0.3f, -0.84f + up, -0.52f, -0.78f + up, -0.4f,
            -0.64f + up,
            -0.56f, -0.5f + up, -0.4f, -0.38f, -0.48f, -0.2f, -0.26f, 0.02f, 0.08f, 0.16f));
        b.Line(b.Ink, 0.035f, Curve(-0.3f, -0.62f + up, -0.12f, -0.4f, 0.02f, -0.12f));
        b.Line(b.Ink, 0.035f, Curve(-0.3f, -0.34f, -0.14f, -0.16f, 0.02f, -0.02f));
        b.Eye(0.7f, -0.12f, 0.075f);
    }

    public static void Horse(Brush b)
    {
        var hair = b.Main.Red + b.Main.Green + b.Main.Blue < 260 ? Palette.Steel : b.Pick(Palette.Darker(b.Main, 0.7f), Palette.Rubber);
        if (b.Variant == 1) Galloping(b, hair);
        else Standing(b, hair, grazing: b.Variant == 2);
    }

    private static void Standing(Brush b, SKColor hair, bool grazing)
    {
        b.Rod(hair, 0.12f, Curve(-0.6f, -0.12f, -0.78f, -0.04f, -0.84f, 0.22f, -0.78f, 0.46f));
        b.Part(b.Dark, Leg(-0.38f, 0.1f, -0.36f, 0.48f, -0.34f, 0.9f), Leg(0.18f, 0.1f, 0.2f, 0.48f, 0.2f, 0.9f));
        Hoof(b, -0.34f, 0.9f);
        Hoof(b, 0.2f, 0.9f);
        var trunk = Trunk();
        SKPath hind = Leg(-0.52f, 0.02f, -0.58f, 0.46f, -0.54f, 0.95f), fore = Leg(0.3f, 0.06f, 0.34f, 0.48f, 0.34f, 0.95f);
        if (grazing)
        {
            b.Body(trunk, hind, fore, Limb(0.2f, -0.04f, 0.22f, 0.5f, 0.04f, 0.15f, 0.72f, 0.26f, 0.12f),
                Limb(0.74f, 0.24f, 0.15f, 0.72f, 0.48f, 0.11f, 0.64f, 0.8f, 0.09f),
                Polygon(0.72f, 0.2f, 0.94f, -0.06f, 0.9f, 0.24f));
            b.Part(hair, Smooth(0.18f, -0.32f, 0.46f, -0.28f, 0.72f, -0.04f, 0.82f, 0.14f, 0.64f, 0.14f, 0.44f, -0.04f));
            b.Dot(Palette.Rubber, 0.76f, 0.36f, 0.045f);
            b.Dot(b.Ink, 0.64f, 0.8f, 0.03f);
        }
        else
        {
            b.Body([trunk, hind, fore, .. NeckAndHead()]);
            Mane(b, hair);
        }
        Hoof(b, -0.54f, 0.95f);
        Hoof(b, 0.34f, 0.95f);
    }

    private static void Galloping(Brush b, SKColor hair)
    {
        b.Rod(hair, 0.12f, Curve(-0.6f, -0.12f, -0.8f, -0.26f, -0.98f, -0.12f));
        b.Part(b.Dark, Leg(-0.44f, 0.06f, -0.66f, 0.36f, -0.9f, 0.54f), Leg(0.3f, 0.06f, 0.66f, 0.2f, 0.84f, 0.46f));
        b.Body([Trunk(), Leg(-0.5f, 0.04f, -0.46f, 0.44f, -0.74f, 0.74f), Leg(0.3f, 0.08f, 0.52f, 0.4f, 0.36f, 0.66f), .. NeckAndHead()]);
        Mane(b, hair);
        Hoof(b, -0.9f, 0.54f);
        Hoof(b, 0.84f, 0.46f);
        Hoof(b, -0.74f, 0.74f);
        Hoof(b, 0.36f, 0.66f);
    }

    private static SKPath Trunk() => Smooth(-0.66f, -0.06f, -0.5f, -0.27f, -0.1f, -0.21f, 0.24f, -0.26f, 0.45f, -0.06f, 0.36f, 0.17f, 0,
        0.2f, -0.4f, 0.22f, -0.63f, 0.12f);

    private static SKPath[] NeckAndHead() =>
    [
        Limb(0.22f, -0.06f, 0.26f, 0.44f, -0.4f, 0.17f, 0.58f, -0.68f, 0.13f), Limb(0.56f, -0.7f, 0.14f, 0.9f, -0.46f, 0.085f),
        Polygon(0.48f, -0.78f, 0.52f, -1, 0.64f, -0.8f),
    ];

    private static void Mane(Brush b, SKColor hair)
    {
        b.Part(hair, Smooth(0.56f, -0.86f, 0.4f, -0.8f, 0.22f, -0.56f, 0.02f, -0.24f, 0.18f, -0.2f, 0.36f, -0.44f, 0.52f, -0.68f));
        b.Dot(Palette.Rubber, 0.66f, -0.68f, 0.045f);
    }

    private static SKPath Leg(float x0, float y0, float x1, float y1, float x2, float y2) =>
        Limb(x0, y0, 0.14f, x1, y1, 0.075f, x2, y2 - 0.05f, 0.058f);

    private static void Hoof(Brush b, float x, float y) => b.Part(Palette.Iron, Box(x - 0.07f, y - 0.08f, x + 0.1f, y, 0.02f));

    public static void Dog(Brush b)
    {
        var ear = b.Main.Red + b.Main.Green + b.Main.Blue < 260 ? Palette.Steel : b.Dark;
        if (b.Variant == 1) SittingDog(b, ear);
        else StandingDog(b, ear);
    }

    private static void StandingDog(Brush b, SKColor ear)
    {
        float low = b.Vary(0.7f, 0.86f), belly = b.Vary(0.26f, 0.32f);
        b.Part(b.Dark, Limb(-0.42f, 0.2f, 0.12f, -0.44f, low - 0.06f, 0.085f), Limb(0.2f, 0.2f, 0.12f, 0.2f, low - 0.06f, 0.085f));
        b.Body(Limb(-0.56f, -0.06f, 0.1f, -0.82f, -0.3f, 0.08f, -0.84f, -0.6f, 0.05f),
            Limb(-0.5f, 0.06f, 0.25f, -0.1f, 0.08f, belly - 0.04f, 0.24f, 0.02f, 0.28f),
            Limb(0.26f, 0, 0.22f, 0.42f, -0.4f, 0.2f), Limb(-0.58f, 0.2f, 0.15f, -0.6f, low, 0.09f),
            Limb(0.34f, 0.2f, 0.13f, 0.36f, low, 0.09f),
            Disc(0.48f, -0.42f, 0.28f), Limb(0.56f, -0.34f, 0.17f, 0.86f, -0.28f, 0.12f));
        b.Line(Palette.Brick, 0.09f, Curve(0.14f, -0.22f, 0.32f, -0.1f, 0.54f, -0.1f));
        b.Dot(Palette.Rubber, 0.94f, -0.36f, 0.085f);
        b.InkLine(Curve(0.62f, -0.2f, 0.76f, -0.17f, 0.9f, -0.2f));
        b.Part(ear, b.Variant == 0
            ? Smooth(0.26f, -0.62f, 0.44f, -0.64f, 0.44f, -0.36f, 0.34f, -0.02f, 0.16f, -0.06f, 0.16f, -0.4f)
            : Polygon(0.22f, -0.58f, 0.28f, -0.94f, 0.5f, -0.64f));
        b.Eye(0.58f, -0.5f, 0.07f);
    }

    private static void SittingDog(Brush b, SKColor ear)
    {
        b.Body(Limb(-0.44f, 0.8f, 0.1f, -0.72f, 0.7f, 0.08f, -0.86f, 0.44f, 0.05f),
            Smooth(-0.5f, 0.86f, -0.52f, 0.46f, -0.26f, 0.1f, 0, -0.24f, 0.32f, -0.2f, 0.34f, 0.3f, 0.3f, 0.9f, 0, 0.92f),
            Disc(0.16f, -0.46f, 0.32f),
            Limb(0.3f, -0.38f, 0.18f, 0.64f, -0.3f, 0.13f), Limb(0.26f, 0.1f, 0.13f, 0.3f, 0.88f, 0.09f));
        b.Body(Smooth(-0.46f, 0.92f, -0.5f, 0.6f, -0.3f, 0.4f, -0.02f, 0.6f, 0, 0.92f));
        b.Fill(Palette.Lighter(b.Main, 0.6f), Smooth(0.18f, -0.04f, 0.32f, -0.1f, 0.34f, 0.24f, 0.24f, 0.36f));
        b.Line(Palette.Brick, 0.09f, Curve(-0.1f, -0.22f, 0.12f, -0.1f, 0.34f, -0.14f));
        b.Dot(Palette.Rubber, 0.74f, -0.38f, 0.09f);
        b.InkLine(Curve(0.36f, -0.22f, 0.52f, -0.19f, 0.68f, -0.22f));
        b.Part(ear, Smooth(-0.08f, -0.7f, 0.12f, -0.7f, 0.1f, -0.4f, 0, -0.06f, -0.2f, -0.1f, -0.2f, -0.46f));
        b.Eye(0.3f, -0.56f, 0.075f);
    }

    public static void Cat(Brush b)
    {
        if (b.Variant == 0) SittingCat(b);
        else WalkingCat(b);
    }

    private static void SittingCat(Brush b)
    {
        float tail = b.Vary(0.66f, 0.8f);
        b.Body(Limb(0.26f, 0.82f, 0.1f, tail, 0.76f, 0.09f, tail + 0.1f, 0.4f, 0.08f, tail - 0.08f, 0.14f, 0.06f),
            Smooth(-0.46f, 0.92f, -0.48f, 0.5f, -0.24f, 0, 0.24f, 0, 0.48f, 0.5f, 0.46f, 0.92f, 0, 0.95f));
        b.InkLine(Polyline(-0.12f, 0.5f, -0.12f, 0.9f));
        b.InkLine(Polyline(0.12f, 0.5f, 0.12f, 0.9f));
        b.Fill(Palette.Lighter(b.Main, 0.7f), Oval(0, 0.28f, 0.16f, 0.18f));
        Face(b, 0, -0.36f, 1);
    }

    private static void WalkingCat(Brush b)
    {
        float low = b.Vary(0.72f, 0.84f);
        b.Part(b.Dark, Limb(-0.34f, 0.3f, 0.1f, -0.24f, low - 0.06f, 0.07f), Limb(0.14f, 0.3f, 0.1f, 0.24f, low - 0.06f, 0.07f));
        b.Body(Limb(-0.54f, 0.08f, 0.09f, -0.82f, -0.1f, 0.08f, -0.78f, -0.46f, 0.075f, -0.94f, -0.7f, 0.06f),
            Smooth(-0.66f, 0.16f, -0.46f, -0.1f, 0, -0.04f, 0.4f, -0.12f, 0.5f, 0.16f, 0.3f, 0.36f, -0.3f, 0.38f, -0.6f, 0.36f),
            Limb(-0.52f, 0.24f, 0.13f, -0.56f, low, 0.075f), Limb(0.36f, 0.2f, 0.12f, 0.4f, low, 0.075f));
        Face(b, 0.5f, -0.3f, 0.86f);
    }

    private static void Face(Brush b, float x, float y, float scale)
    {
        float s = scale;
        b.Body(Polygon(x - 0.4f * s, y - 0.08f * s, x - 0.4f * s, y - 0.6f * s, x - 0.04f * s, y - 0.26f * s),
            Polygon(x + 0.4f * s, y - 0.08f * s, x + 0.4f * s, y - 0.6f * s, x + 0.04f * s, y - 0.26f * s),
            Oval(x, y, 0.44f * s, 0.37f * s));
        var inside = new SKColor(240, 170, 170);
        b.Fill(inside, Polygon(x - 0.33f * s, y - 0.24f * s, x - 0.34f * s, y - 0.47f * s, x - 0.18f * s, y - 0.3f * s));
        b.Fill(inside, Polygon(x + 0.33f * s, y - 0.24f * s, x + 0.34f * s, y - 0.47f * s, x + 0.18f * s, y - 0.3f * s));
        foreach (float side in (ReadOnlySpan<float>)[-1, 1])
        {
            b.Fill(new SKColor(220, 226, 90), Oval(x + side * 0.18f * s, y - 0.04f * s, 0.1f * s, 0.115f * s));
            b.Fill(Palette.Rubber, Oval(x + side * 0.18f * s, y - 0.04f * s, 0.04f * s, 0.105f * s));
            for (int i = 0; i < 2; i++)
                b.Line(b.Ink, 0.026f, Polyline(x + side * 0.16f * s, y + (0.15f + 0.04f * i) * s, x + side * 0.56f * s,
                y + (0.06f + 0.16f * i) * s));
        }
        b.Fill(inside, Polygon(x - 0.07f * s, y + 0.09f * s, x + 0.07f * s, y + 0.09f * s, x, y + 0.17f * s));
        b.Line(b.Ink, 0.03f, Curve(x - 0.13f * s, y + 0.22f * s, x - 0.06f * s, y + 0.25f * s, x, y + 0.17f * s, x + 0.06f * s,
            y + 0.25f * s, x + 0.13f * s, y + 0.22f * s));
    }

    public static void Fish(Brush b)
    {
        float high = b.Variant == 0 ? b.Vary(0.44f, 0.54f) : b.Vary(0.3f, 0.36f);
        b.Part(b.Dark, b.Variant == 0
            ? Smooth(-0.2f, -high * 0.8f, 0.04f, -high - 0.26f, 0.4f, -high - 0.12f, 0.36f, -high * 0.7f)
            : Polygon(-0.14f, -high * 0.9f, 0.06f, -high - 0.26f, 0.3f, -high * 0.84f));
        b.Part(b.Dark, Polygon(-0.04f, high * 0.8f, -0.14f, high + 0.22f, 0.22f, high * 0.8f));
        b.Body(Smooth(-0.48f, 0, -0.72f, -0.2f, -0.98f, -0.42f, -0.88f, 0, -0.98f, 0.42f, -0.72f, 0.2f),
            Smooth(-0.6f, 0, -0.3f, -high * 0.72f, 0.16f, -high, 0.66f, -high * 0.66f, 0.96f, 0.02f, 0.66f, high * 0.68f, 0.16f, high,
            -0.3f, high * 0.72f));
        b.InkLine(Curve(0.48f, -high * 0.78f, 0.36f, 0, 0.48f, high * 0.78f));
        b.Part(b.Dark, Smooth(0.2f, 0.06f, -0.16f, -0.02f, -0.14f, 0.24f, 0.12f, 0.2f));
        b.Eye(0.68f, -high * 0.24f, 0.1f);
        b.InkLine(Curve(0.94f, 0.08f, 0.84f, 0.12f, 0.78f, 0.1f));
    }

    public static void Butterfly(Brush b)
    {
        float wide = b.Vary(0.86f, 0.98f), low = b.Vary(0.6f, 0.8f);
        bool swallow = b.Variant == 1;
        var spot = b.Pick(Palette.Cream, Palette.Gold);
        foreach (float side in (ReadOnlySpan<float>)[-1, 1])
        {
            b.Body(swallow
                ? Smooth(side * 0.06f, 0.06f, side * 0.5f, 0.12f, side * 0.66f, 0.34f, side * 0.46f, 0.56f, side * 0.5f, 0.94f,
                side * 0.3f, 0.66f, side * 0.1f, 0.4f)
                : Smooth(side * 0.06f, 0.06f, side * 0.5f, 0.04f, side * 0.72f, 0.3f, side * 0.6f, low, side * 0.3f, low - 0.02f,
                side * 0.1f, 0.36f));
            b.Body(Smooth(side * 0.06f, 0.08f, side * 0.16f, -0.4f, side * 0.56f, -0.84f, side * wide, -0.76f, side * (wide + 0.01f),
                -0.36f, side * 0.66f, 0.02f));
            b.Fill(spot, Oval(side * 0.62f, -0.46f, 0.17f, 0.15f));
            b.Fill(Palette.Cream, Oval(side * 0.42f, 0.36f, 0.1f, 0.1f));
        }
        b.Line(Palette.Rubber, 0.035f, Curve(-0.02f, -0.46f, -0.1f, -0.76f, -0.26f, -0.88f));
        b.Line(Palette.Rubber, 0.035f, Curve(0.02f, -0.46f, 0.1f, -0.76f, 0.26f, -0.88f));
        b.Fill(Palette.Rubber, Limb(0, -0.44f, 0.07f, 0, 0, 0.09f, 0, 0.56f, 0.04f));
        b.Dot(Palette.Rubber, 0, -0.48f, 0.1f);
    }
}
