using SkiaSharp;
using static ClipLens.Scenes.Drawing.Shapes;

namespace ClipLens.Scenes.Drawing;

/// <summary>Things that carry people and goods. All face right.</summary>
internal static class Vehicles
{
    public static void Ship(Brush b)
    {
        if (b.Variant == 0) Liner(b);
        else if (b.Variant == 1) Freighter(b);
        else SailingShip(b);
    }

    private static void Liner(Brush b)
    {
        float deck = b.Vary(0.1f, 0.2f);
        int funnels = b.Chance(0.5f) ? 2 : 3;
        b.Rod(Palette.Iron, 0.03f, Polyline(0.62f, deck, 0.62f, -0.62f));
        b.Fill(Palette.Brick, Polygon(0.62f, -0.62f, 0.62f, -0.42f, 0.36f, -0.52f));
        for (int i = 0; i < funnels; i++)
        {
            float x = -0.42f + i * (funnels == 2 ? 0.46f : 0.32f);
            b.Part(Palette.Gold, Polygon(x - 0.02f, -0.2f, x - 0.06f, -0.72f, x + 0.13f, -0.72f, x + 0.17f, -0.2f));
            b.Fill(Palette.Rubber, Polygon(x - 0.05f, -0.58f, x - 0.06f, -0.74f, x + 0.13f, -0.74f, x + 0.14f, -0.58f));
        }
        b.Part(Palette.Paper, Box(-0.52f, -0.26f, 0.34f, 0, 0.03f), Box(-0.68f, -0.04f, 0.52f, deck + 0.04f, 0.03f));
        for (float x = -0.56f; x < 0.45f; x += 0.19f) b.Fill(Palette.Iron, Box(x, 0.01f, x + 0.1f, 0.09f));
        for (float x = -0.42f; x < 0.28f; x += 0.19f) b.Fill(Palette.Iron, Box(x, -0.2f, x + 0.1f, -0.1f));
        b.Body(Hull(deck));
        for (float x = -0.6f; x < 0.6f; x += 0.24f) b.Dot(Palette.Paper, x, deck + 0.17f, 0.045f);
        b.InkLine(Polyline(-0.78f, 0.52f, 0.7f, 0.52f));
    }

    private static void Freighter(Brush b)
    {
        float deck = b.Vary(0.12f, 0.2f);
        b.Part(Palette.Gold, Polygon(-0.66f, -0.4f, -0.64f, -0.72f, -0.46f, -0.72f, -0.44f, -0.4f));
        b.Fill(Palette.Rubber, Box(-0.645f, -0.74f, -0.455f, -0.62f));
        b.Part(Palette.Paper, Box(-0.74f, -0.42f, -0.3f, deck + 0.03f, 0.03f), Box(-0.42f, -0.3f, -0.24f, -0.18f));
        for (float y = -0.32f; y < 0.05f; y += 0.16f)
            for (float x = -0.66f; x < -0.36f; x += 0.14f)
                b.Fill(Palette.Iron, Box(x, y, x + 0.08f, y + 0.08f));
        for (float x = -0.16f; x < 0.6f; x += 0.25f)
        {
            int high = b.Chance(0.5f) ? 2 : 1;
            for (int i = 0; i < high; i++)
                b.Part(b.Pick(Palette.Steel, Palette.Brick, Palette.Wood, Palette.Cream),
                    Box(x, deck - 0.17f * (i + 1), x + 0.23f, deck - 0.17f * i));
        }
        b.Body(Hull(deck));
        b.Fill(Palette.Paper, Box(0.55f, deck + 0.14f, 0.68f, deck + 0.2f));
        b.InkLine(Polyline(-0.78f, 0.52f, 0.7f, 0.52f));
    }

    private static void SailingShip(Brush b)
    {
        foreach (float x in (ReadOnlySpan<float>)[-0.42f, 0.16f])
        {
            b.Rod(Palette.Wood, 0.04f, Polyline(x, 0.2f, x, -0.92f));
            b.Fill(Palette.Brick, Polygon(x, -0.95f, x, -0.8f, x + 0.2f, -0.87f));
            b.Part(Palette.Cream, Smooth(x - 0.22f, -0.74f, x + 0.2f, -0.74f, x + 0.32f, -0.56f, x + 0.22f, -0.42f, x - 0.24f, -0.42f,
                x - 0.12f, -0.58f));
            b.Part(Palette.Cream, Smooth(x - 0.28f, -0.36f, x + 0.24f, -0.36f, x + 0.38f, -0.14f, x + 0.28f, 0.06f, x - 0.3f, 0.06f,
                x - 0.16f, -0.16f));
        }
        b.Rod(Palette.Wood, 0.035f, Polyline(0.66f, 0.14f, 0.98f, -0.14f));
        b.Part(Palette.Cream, Polygon(0.9f, -0.06f, 0.5f, -0.6f, 0.56f, 0.06f));
        b.Body(Smooth(-0.92f, 0.02f, -0.62f, 0.06f, -0.6f, 0.2f, 0.5f, 0.22f, 0.86f, 0.08f, 0.7f, 0.42f, 0.5f, 0.62f, -0.6f, 0.62f, -0.82f,
            0.36f));
        for (float x = -0.5f; x < 0.6f; x += 0.25f) b.Fill(Palette.Rubber, Box(x, 0.34f, x + 0.09f, 0.42f));
    }

    private static SKPath Hull(float deck) => Polygon(
        -0.92f, deck - 0.03f, -0.8f, 0.62f, 0.7f, 0.62f, 0.82f, deck + 0.22f, 0.98f, deck - 0.1f, 0.7f, deck - 0.02f);

    public static void Car(Brush b)
    {
        float roof = b.Vary(-0.36f, -0.28f);
        SKPath shell, front, rear;
        if (b.Variant == 0)
        {
            shell = Smooth(-0.96f, 0.3f, -0.95f, 0.08f, -0.88f, 0, -0.62f, -0.03f, -0.42f, roof + 0.02f, -0.1f, roof - 0.02f, 0.18f,
                roof + 0.02f, 0.46f, -0.02f,
                0.84f, 0.06f, 0.96f, 0.18f, 0.95f, 0.32f, 0.6f, 0.34f, 0, 0.34f, -0.6f, 0.34f);
            rear = Polygon(-0.5f, -0.04f, -0.36f, roof + 0.08f, -0.12f, roof + 0.06f, -0.12f, -0.04f);
            front = Polygon(-0.03f, -0.04f, -0.03f, roof + 0.06f, 0.14f, roof + 0.08f, 0.34f, -0.04f);
        }
        else if (b.Variant == 1)
        {
            shell = Smooth(-0.9f, 0.32f, -0.94f, 0.08f, -0.76f, -0.2f, -0.4f, roof - 0.06f, -0.02f, roof - 0.08f, 0.3f, roof + 0.1f, 0.5f,
                -0.04f,
                0.82f, 0.04f, 0.94f, 0.22f, 0.9f, 0.34f, 0.5f, 0.35f, 0, 0.35f, -0.5f, 0.35f);
            rear = Smooth(-0.62f, -0.06f, -0.4f, roof + 0.04f, -0.14f, roof + 0.02f, -0.14f, -0.06f);
            front = Smooth(-0.02f, -0.06f, -0.02f, roof + 0.02f, 0.16f, roof + 0.1f, 0.32f, -0.06f);
        }
        else
        {
            shell = Smooth(-0.94f, 0.34f, -0.95f, 0, -0.88f, roof - 0.02f, -0.5f, roof - 0.08f, 0.1f, roof - 0.06f, 0.26f, roof, 0.48f,
                -0.03f,
                0.86f, 0.02f, 0.95f, 0.14f, 0.95f, 0.34f, 0.5f, 0.36f, 0, 0.36f, -0.5f, 0.36f);
            rear = Polygon(-0.8f, -0.03f, -0.76f, roof + 0.05f, -0.3f, roof + 0.02f, -0.3f, -0.03f);
            front = Polygon(-0.2f, -0.03f, -0.2f, roof + 0.02f, 0.12f, roof + 0.04f, 0.3f, -0.03f);
        }
        b.Body(shell);
        b.Part(Palette.Glass, rear, front);
        b.InkLine(Polyline(-0.08f, 0, -0.06f, 0.3f));
        b.Dot(Palette.Gold, 0.87f, 0.16f, 0.07f);
        b.Dot(Palette.Brick, -0.88f, 0.13f, 0.06f);
        b.Fill(b.Ink, Box(-0.28f, 0.06f, -0.16f, 0.1f));
        Wheel(b, -0.54f, 0.36f, 0.21f);
        Wheel(b, 0.55f, 0.36f, 0.21f);
    }

    public static void Truck(Brush b)
    {
        float back = b.Vary(-0.98f, -0.88f), top = b.Vary(-0.66f, -0.52f);
        b.Part(Palette.Iron, Box(back + 0.05f, 0.2f, 0.9f, 0.36f));
        var cab = b.Pick(Palette.Paper, b.Pale, Palette.Steel);
        if (b.Variant == 1)
            b.Part(cab, Polygon(0.34f, -0.36f, 0.66f, -0.36f, 0.74f, -0.08f, 0.97f, -0.04f, 0.97f, 0.3f, 0.34f, 0.3f));
        else
            b.Part(cab, Polygon(0.34f, -0.44f, 0.78f, -0.44f, 0.95f, -0.08f, 0.95f, 0.3f, 0.34f, 0.3f));
        b.Part(Palette.Glass, b.Variant == 1
            ? Polygon(0.44f, -0.26f, 0.6f, -0.26f, 0.66f, -0.04f, 0.44f, -0.04f)
            : Polygon(0.5f, -0.33f, 0.74f, -0.33f, 0.87f, -0.06f, 0.5f, -0.06f));
        b.Dot(Palette.Gold, 0.9f, 0.17f, 0.06f);
        if (b.Variant == 2)
        {
            b.Body(Polygon(back, -0.28f, back + 0.06f, 0.24f, 0.18f, 0.24f, 0.3f, -0.28f));
            b.Fill(Palette.Wood, Smooth(back + 0.02f, -0.3f, -0.62f, -0.5f, -0.3f, -0.6f, 0.02f, -0.46f, 0.27f, -0.3f));
            b.InkLine(Polyline(back, -0.28f, 0.3f, -0.28f));
        }
        else
        {
            b.Body(Box(back, top, 0.28f, 0.24f, 0.03f));
        }
        Wheel(b, -0.64f, 0.38f, 0.2f);
        Wheel(b, -0.2f, 0.38f, 0.2f);
        Wheel(b, 0.66f, 0.38f, 0.2f);
    }

    public static void Train(Brush b)
    {
        b.Line(Palette.Wood, 0.07f, Polyline(-0.98f, 0.64f, 0.98f, 0.64f));
        b.Line(Palette.Iron, 0.05f, Polyline(-1, 0.58f, 1, 0.58f));
        if (b.Variant == 0) SteamTrain(b);
        else FastTrain(b);
    }

    private static void SteamTrain(Brush b)
    {
        b.Fill(new SKColor(235, 235, 240, 220), Join(Disc(0.5f, -0.78f, 0.13f), Disc(0.32f, -0.86f, 0.12f), Disc(0.12f, -0.84f, 0.1f)));
        b.Part(Palette.Rubber, Polygon(0.5f, -0.2f, 0.52f, -0.46f, 0.44f, -0.64f, 0.76f, -0.64f, 0.68f, -0.46f, 0.7f, -0.2f));
        b.Part(Palette.Gold, Sector(0.2f, -0.18f, 0.13f, 0.2f, 180, 180));
        b.Part(Palette.Iron, Polygon(0.78f, 0.26f, 0.98f, 0.54f, 0.62f, 0.54f, 0.62f, 0.26f));
        b.Body(Box(-0.12f, -0.22f, 0.84f, 0.26f, 0.1f), Box(-0.5f, -0.6f, 0, 0.36f, 0.02f));
        b.Part(Palette.Iron, Box(-0.58f, -0.7f, 0.06f, -0.58f, 0.03f));
        b.Part(Palette.Glass, Box(-0.4f, -0.46f, -0.12f, -0.14f));
        b.Part(Palette.Wood, Box(-0.98f, -0.1f, -0.58f, 0.34f));
        b.Fill(Palette.Rubber, Smooth(-0.96f, -0.1f, -0.78f, -0.24f, -0.6f, -0.1f));
        b.InkLine(Polyline(0.3f, -0.2f, 0.3f, 0.24f));
        b.Dot(Palette.Gold, 0.85f, -0.02f, 0.09f);
        foreach (float x in (ReadOnlySpan<float>)[-0.88f, -0.68f]) Wheel(b, x, 0.44f, 0.12f);
        foreach (float x in (ReadOnlySpan<float>)[-0.34f, 0.04f, 0.42f]) Wheel(b, x, 0.38f, 0.18f);
        b.Line(Palette.Steel, 0.05f, Polyline(-0.34f, 0.42f, 0.42f, 0.42f));
    }

    private static void FastTrain(Brush b)
    {
        b.Body(Smooth(-0.98f, -0.3f, -0.94f, -0.34f, 0.34f, -0.34f, 0.62f, -0.24f, 0.96f, 0.2f, 0.9f, 0.42f, 0.4f, 0.44f, -0.94f, 0.44f,
            -0.98f, 0.4f));
        b.Part(Palette.Glass, Polygon(0.44f, -0.2f, 0.58f, -0.16f, 0.78f, 0.1f, 0.46f, 0.1f));
        for (float x = -0.88f; x < 0.3f; x += 0.3f) b.Part(Palette.Glass, Box(x, -0.18f, x + 0.2f, 0.08f, 0.03f));
        b.InkLine(Polyline(-0.34f, -0.34f, -0.34f, 0.42f));
        b.Fill(Palette.Paper, Box(-0.95f, 0.2f, 0.86f, 0.28f));
        b.Dot(Palette.Gold, 0.84f, 0.26f, 0.06f);
        foreach (float x in (ReadOnlySpan<float>)[-0.8f, -0.56f, -0.12f, 0.12f, 0.5f]) Wheel(b, x, 0.47f, 0.11f);
        b.Line(Palette.Iron, 0.03f, Polyline(-0.75f, -0.34f, -0.6f, -0.56f, -0.45f, -0.34f));
        b.Line(Palette.Iron, 0.03f, Polyline(-0.74f, -0.58f, -0.46f, -0.58f));
    }

    public static void Airplane(Brush b)
    {
        if (b.Variant == 0) Jet(b);
        else if (b.Variant == 1) Propeller(b);
        else FromAbove(b);
    }

    private static void Jet(Brush b)
    {
        b.Part(b.Dark, Polygon(-0.06f, -0.06f, -0.4f, -0.52f, -0.26f, -0.52f, 0.24f, -0.06f));
        b.Body(Smooth(-0.98f, -0.06f, -0.6f, -0.15f, 0.6f, -0.17f, 0.86f, -0.1f, 0.98f, 0.04f, 0.86f, 0.12f, 0.5f, 0.16f, -0.3f, 0.15f,
            -0.7f, 0.06f),
            Polygon(-0.94f, -0.06f, -1, -0.5f, -0.82f, -0.5f, -0.52f, -0.1f));
        b.Part(b.Pale, Polygon(0.24f, 0.04f, -0.06f, 0.06f, -0.5f, 0.56f, -0.34f, 0.56f));
        b.Part(b.Pale, Polygon(-0.74f, -0.04f, -0.98f, 0.16f, -0.86f, 0.16f, -0.56f, -0.02f));
        b.Part(Palette.Steel, Box(0.02f, 0.18f, 0.26f, 0.32f, 0.07f));
        b.Part(Palette.Glass, Polygon(0.72f, -0.12f, 0.84f, -0.08f, 0.92f, 0, 0.74f, 0));
        for (float x = -0.5f; x < 0.62f; x += 0.16f) b.Dot(Palette.Iron, x, -0.05f, 0.038f);
    }

    private static void Propeller(Brush b)
    {
        b.Part(Palette.Iron, Polygon(0.1f, 0.2f, 0.16f, 0.2f, 0.24f, 0.42f, 0.18f, 0.42f));
        Wheel(b, 0.22f, 0.46f, 0.11f);
        b.Part(Palette.Iron, Box(0.9f, -0.44f, 0.97f, 0.36f, 0.03f));
        b.Body(Smooth(-0.96f, -0.1f, -0.5f, -0.16f, 0.1f, -0.24f, 0.6f, -0.22f, 0.88f, -0.14f, 0.92f, 0.04f, 0.7f, 0.2f, 0.1f, 0.22f,
            -0.6f, 0.06f),
            Smooth(-0.98f, -0.08f, -1, -0.42f, -0.86f, -0.46f, -0.66f, -0.1f));
        b.Part(Palette.Glass, Smooth(-0.08f, -0.2f, 0.04f, -0.38f, 0.24f, -0.38f, 0.36f, -0.22f));
        b.Part(b.Pale, Box(-0.24f, -0.68f, 0.46f, -0.58f, 0.05f), Box(-0.26f, 0.02f, 0.44f, 0.13f, 0.05f));
        b.InkLine(Polyline(-0.1f, -0.58f, -0.1f, 0.02f));
        b.InkLine(Polyline(0.4f, -0.58f, 0.4f, 0.02f));
        b.Part(b.Pale, Box(-0.98f, -0.14f, -0.66f, -0.06f, 0.03f));
    }

    private static void FromAbove(Brush b)
    {
        b.Part(b.Pale, Polygon(0.22f, -0.08f, -0.2f, -0.94f, -0.36f, -0.94f, -0.14f, -0.06f, -0.14f, 0.06f, -0.36f, 0.94f, -0.2f, 0.94f,
            0.22f, 0.08f));
        b.Part(b.Pale, Polygon(-0.66f, -0.06f, -0.9f, -0.38f, -0.98f, -0.38f, -0.86f, 0, -0.98f, 0.38f, -0.9f, 0.38f, -0.66f, 0.06f));
        foreach (float y in (ReadOnlySpan<float>)[-0.42f, 0.42f]) b.Part(Palette.Steel, Box(-0.06f, y - 0.07f, 0.2f, y + 0.07f, 0.06f));
        b.Body(Smooth(-0.96f, 0, -0.6f, -0.1f, 0.4f, -0.14f, 0.8f, -0.1f, 0.98f, 0, 0.8f, 0.1f, 0.4f, 0.14f, -0.6f, 0.1f));
        b.Fill(Palette.Iron, Polygon(0.76f, -0.08f, 0.88f, -0.05f, 0.88f, 0.05f, 0.76f, 0.08f));
    }

    public static void Bicycle(Brush b)
    {
        float r = b.Vary(0.36f, 0.41f);
        foreach (float x in (ReadOnlySpan<float>)[-0.56f, 0.56f])
        {
            b.Line(Palette.Rubber, 0.09f, Disc(x, 0.24f, r));
            b.Line(Palette.Steel, 0.025f, Disc(x, 0.24f, r - 0.06f));
            for (int spoke = 0; spoke < 4; spoke++)
            {
                var (sin, cos) = MathF.SinCos(spoke * MathF.PI / 4);
                b.Line(Palette.Steel, 0.018f, Polyline(x - cos * (r - 0.05f), 0.24f - sin * (r - 0.05f), x + cos * (r - 0.05f),
                    0.24f + sin * (r - 0.05f)));
            }
        }
        float bar = b.Variant == 0 ? -0.36f : -0.06f;
        b.Body(Limb(-0.56f, 0.24f, 0.045f, -0.05f, 0.26f, 0.05f), Limb(-0.05f, 0.26f, 0.055f, -0.22f, -0.4f, 0.05f),
            Limb(-0.56f, 0.24f, 0.04f, -0.2f, -0.3f, 0.045f), Limb(-0.05f, 0.26f, 0.055f, 0.4f, -0.32f, 0.055f),
            Limb(-0.19f, bar, 0.05f, 0.4f, -0.36f, 0.05f), Limb(0.36f, -0.5f, 0.05f, 0.56f, 0.24f, 0.05f));
        b.Rod(Palette.Iron, 0.05f, b.Variant == 0 ? Curve(0.36f, -0.5f, 0.5f, -0.56f, 0.6f, -0.46f, 0.5f, -0.36f)
            : Polyline(0.36f, -0.5f, 0.32f, -0.6f, 0.16f, -0.6f));
        b.Part(Palette.Rubber, Smooth(-0.42f, -0.5f, -0.2f, -0.47f, -0.04f, -0.46f, -0.18f, -0.4f, -0.4f, -0.4f));
        b.Part(Palette.Steel, Disc(-0.05f, 0.26f, 0.1f));
        b.Line(Palette.Rubber, 0.05f, Polyline(-0.05f, 0.26f, 0.06f, 0.44f, 0.14f, 0.44f));
    }

    public static void Rocket(Brush b)
    {
        float w = b.Vary(0.24f, 0.3f);
        b.Part(Palette.Fire, Smooth(-0.16f, 0.56f, 0.16f, 0.56f, 0.14f, 0.78f, 0, 0.99f, -0.14f, 0.78f));
        b.Fill(Palette.Gold, Smooth(-0.08f, 0.58f, 0.08f, 0.58f, 0.06f, 0.7f, 0, 0.84f, -0.06f, 0.7f));
        var fins = b.Pick(Palette.Brick, Palette.Steel, b.Dark);
        if (b.Variant == 0)
        {
            b.Part(fins, Smooth(-w + 0.04f, 0.1f, -0.5f, 0.36f, -0.52f, 0.7f, -0.3f, 0.54f, -w + 0.06f, 0.5f));
            b.Part(fins, Smooth(w - 0.04f, 0.1f, 0.5f, 0.36f, 0.52f, 0.7f, 0.3f, 0.54f, w - 0.06f, 0.5f));
            b.Body(Smooth(0, -0.98f, 0.16f, -0.74f, w, -0.3f, w + 0.02f, 0.14f, 0.17f, 0.56f, 0, 0.58f, -0.17f, 0.56f, -w - 0.02f, 0.14f,
                -w, -0.3f, -0.16f, -0.74f));
        }
        else
        {
            b.Part(fins, Polygon(-w + 0.06f, 0.1f, -0.5f, 0.6f, -w + 0.06f, 0.52f), Polygon(w - 0.06f, 0.1f, 0.5f, 0.6f, w - 0.06f, 0.52f));
            b.Body(Box(-w + 0.05f, -0.5f, w - 0.05f, 0.56f, 0.03f));
            b.Part(fins, Polygon(-w + 0.05f, -0.5f, 0, -0.98f, w - 0.05f, -0.5f));
        }
        b.Part(Palette.Glass, Disc(0, -0.28f, 0.12f));
        if (b.Chance(0.6f)) b.Part(Palette.Glass, Disc(0, 0.06f, 0.09f));
        b.Part(fins, Limb(0, 0.34f, 0.035f, 0, 0.6f, 0.035f));
    }

    public static void Balloon(Brush b)
    {
        if (b.Variant == 2)
        {
            b.Line(Palette.Iron, 0.03f, Curve(0, 0.3f, 0.06f, 0.5f, -0.07f, 0.74f, 0.03f, 0.98f));
            b.Body(Smooth(0, -0.98f, 0.42f, -0.84f, 0.56f, -0.46f, 0.4f, -0.02f, 0.06f, 0.26f, -0.06f, 0.26f, -0.4f, -0.02f, -0.56f,
                -0.46f, -0.42f, -0.84f), Polygon(0, 0.2f, 0.1f, 0.36f, -0.1f, 0.36f));
            b.Fill(new SKColor(255, 255, 255, 150), Smooth(-0.34f, -0.6f, -0.2f, -0.78f, -0.14f, -0.72f, -0.24f, -0.54f, -0.32f, -0.46f));
            return;
        }
        float wide = b.Variant == 0 ? b.Vary(0.64f, 0.7f) : b.Vary(0.54f, 0.6f);
        b.Line(Palette.Iron, 0.03f, Polyline(-0.22f, 0.36f, -0.14f, 0.7f));
        b.Line(Palette.Iron, 0.03f, Polyline(0.22f, 0.36f, 0.14f, 0.7f));
        b.Body(Smooth(0, -0.98f, wide * 0.72f, -0.8f, wide, -0.4f, wide * 0.78f, 0.04f, 0.25f, 0.4f, 0, 0.43f, -0.25f, 0.4f, -wide * 0.78f,
            0.04f, -wide, -0.4f, -wide * 0.72f, -0.8f));
        b.Line(b.Ink, 0.03f, Curve(0, -0.96f, -wide * 0.5f, -0.42f, -0.1f, 0.4f));
        b.Line(b.Ink, 0.03f, Curve(0, -0.96f, wide * 0.5f, -0.42f, 0.1f, 0.4f));
        b.Part(Palette.Wood, Polygon(-0.18f, 0.68f, 0.18f, 0.68f, 0.14f, 0.96f, -0.14f, 0.96f));
        b.Line(Palette.Cream, 0.04f, Polyline(-0.15f, 0.77f, 0.15f, 0.77f));
    }

    private static void Wheel(Brush b, float x, float y, float radius)
    {
        b.Dot(b.Ink, x, y, radius + 0.03f);
        b.Dot(Palette.Rubber, x, y, radius);
        b.Dot(Palette.Steel, x, y, radius * 0.5f);
        b.Dot(Palette.Iron, x, y, radius * 0.18f);
    }
}
