using SkiaSharp;
using static ClipLens.Scenes.Drawing.Shapes;

namespace ClipLens.Scenes.Drawing;

/// <summary>What grows.</summary>
internal static class Plants
{
    public static void Tree(Brush b)
    {
        b.Part(Palette.Wood, Smooth(-0.13f, 0.98f, -0.1f, 0.5f, -0.12f, 0, 0.12f, 0, 0.1f, 0.5f, 0.14f, 0.98f));
        b.Rod(Palette.Wood, 0.07f, Polyline(0.02f, 0.42f, 0.34f, 0.04f));
        b.Rod(Palette.Wood, 0.06f, Polyline(0, 0.34f, -0.3f, 0.06f));
        if (b.Variant == 0)
            b.Body(Disc(-0.42f, -0.08f, 0.36f), Disc(0.42f, -0.1f, 0.36f), Disc(-0.28f, -0.5f, 0.36f), Disc(0.28f, -0.52f, 0.36f),
            Disc(0, -0.2f, 0.4f), Disc(0, -0.66f, 0.3f));
        else if (b.Variant == 1)
            b.Body(Disc(-0.36f, 0.06f, 0.28f), Disc(0.36f, 0.06f, 0.28f), Disc(-0.42f, -0.28f, 0.28f), Disc(0.42f, -0.28f, 0.28f),
            Disc(-0.26f, -0.6f, 0.26f),
                Disc(0.26f, -0.6f, 0.26f), Disc(0, -0.78f, 0.2f), Disc(0, -0.1f, 0.36f), Disc(0, -0.44f, 0.34f));
        else
            b.Body(Disc(-0.56f, 0.02f, 0.32f), Disc(0.56f, 0, 0.32f), Disc(-0.2f, -0.14f, 0.36f), Disc(0.22f, -0.16f, 0.36f),
            Disc(0, -0.48f, 0.34f));
        for (int i = 0; i < 9; i++)
        {
            float x = b.Vary(-0.42f, 0.42f), y = b.Vary(-0.66f, 0.02f);
            b.Fill(b.Dark, Smooth(x - 0.06f, y, x, y - 0.045f, x + 0.06f, y, x, y + 0.045f));
        }
    }

    public static void Flower(Brush b)
    {
        float bend = b.Vary(-0.1f, 0.1f);
        b.Rod(Palette.Leaf, 0.08f, Curve(0, -0.1f, bend, 0.4f, 0, 0.96f));
        b.Part(Palette.Leaf, Smooth(0, 0.74f, 0.2f, 0.46f, 0.5f, 0.36f, 0.4f, 0.62f, 0.16f, 0.76f));
        b.Part(Palette.Leaf, Smooth(0, 0.86f, -0.2f, 0.6f, -0.48f, 0.54f, -0.4f, 0.76f, -0.16f, 0.88f));
        if (b.Variant == 2) Tulip(b);
        else Daisy(b);
    }

    private static void Daisy(Brush b)
    {
        int petals = b.Variant == 0 ? 6 : 9;
        float radius = b.Variant == 0 ? 0.22f : 0.15f, reach = b.Variant == 0 ? 0.32f : 0.38f;
        var parts = new SKPath[petals];
        for (int i = 0; i < petals; i++)
        {
            var (sin, cos) = MathF.SinCos(MathF.Tau * i / petals);
            parts[i] = Limb(cos * 0.12f, -0.4f + sin * 0.12f, 0.1f, cos * reach, -0.4f + sin * reach, radius);
        }
        b.Body(parts);
        for (int i = 0; i < petals; i++)
        {
            var (sin, cos) = MathF.SinCos(MathF.Tau * (i + 0.5f) / petals);
            b.Line(b.Dark, 0.03f, Polyline(cos * 0.16f, -0.4f + sin * 0.16f, cos * reach, -0.4f + sin * reach));
        }
        b.Part(b.Main == Palette.Gold ? Palette.Wood : Palette.Gold, Disc(0, -0.4f, 0.18f));
    }

    private static void Tulip(Brush b)
    {
        b.Part(b.Dark, Smooth(-0.12f, -0.1f, -0.2f, -0.6f, 0, -0.9f, 0.2f, -0.6f, 0.12f, -0.1f));
        b.Body(Smooth(0, -0.02f, -0.32f, -0.1f, -0.42f, -0.44f, -0.38f, -0.86f, -0.16f, -0.62f, 0, -0.3f),
            Smooth(0, -0.02f, 0.32f, -0.1f, 0.42f, -0.44f, 0.38f, -0.86f, 0.16f, -0.62f, 0, -0.3f));
        b.InkLine(Curve(0, -0.3f, -0.03f, -0.16f, 0, -0.04f));
    }

    public static void Cactus(Brush b)
    {
        float left = b.Vary(0, 0.2f), right = b.Vary(-0.14f, 0.1f);
        var trunk = Limb(0, -0.72f, 0.24f, 0, 0, 0.25f, 0, 0.8f, 0.22f);
        var leftArm = Limb(-0.1f, 0.24f + left, 0.13f, -0.48f, 0.22f + left, 0.14f, -0.62f, 0.06f + left, 0.14f, -0.62f, -0.3f + left,
            0.14f);
        var rightArm = Limb(0.1f, 0.12f + right, 0.13f, 0.48f, 0.1f + right, 0.14f, 0.62f, -0.06f + right, 0.14f, 0.62f, -0.42f + right,
            0.14f);
        if (b.Variant == 0) b.Body(leftArm, rightArm, trunk);
        else
        {
            leftArm.Dispose();
            b.Body(rightArm, trunk);
        }
        foreach (float x in (ReadOnlySpan<float>)[-0.1f, 0.1f]) b.Line(b.Dark, 0.035f, Polyline(x, -0.7f, x, 0.84f));
        for (float y = -0.7f; y < 0.9f; y += 0.22f)
        {
            b.Line(Palette.Cream, 0.028f, Polyline(0.2f, y, 0.34f, y - 0.06f));
            b.Line(Palette.Cream, 0.028f, Polyline(-0.2f, y, -0.34f, y - 0.06f));
            b.Line(Palette.Cream, 0.028f, Polyline(-0.02f, y + 0.1f, 0.03f, y + 0.04f));
        }
        if (b.Chance(0.5f)) b.Part(new SKColor(245, 120, 170), Disc(-0.1f, -0.95f, 0.07f), Disc(0.1f, -0.95f, 0.07f), Disc(0, -1, 0.08f));
    }

    public static void Mushroom(Brush b)
    {
        if (b.Variant == 0)
        {
            b.Part(Palette.Cream, Smooth(-0.22f, 0, -0.2f, 0.5f, -0.32f, 0.9f, 0, 0.95f, 0.32f, 0.9f, 0.2f, 0.5f, 0.22f, 0));
            b.Part(Palette.Cream, Smooth(-0.3f, 0.22f, 0, 0.16f, 0.3f, 0.22f, 0.34f, 0.38f, 0, 0.34f, -0.34f, 0.38f));
            b.Body(Smooth(-0.94f, 0.06f, -0.8f, -0.46f, -0.36f, -0.82f, 0.1f, -0.9f, 0.6f, -0.7f, 0.92f, -0.2f, 0.92f, 0.1f, 0.5f, 0.18f,
                0, 0.2f, -0.5f, 0.18f));
        }
        else
        {
            b.Part(Palette.Cream, Limb(-0.6f, 0.62f, 0.09f, -0.58f, 0.9f, 0.1f));
            b.Body(Sector(-0.6f, 0.62f, 0.32f, 0.34f, 180, 180));
            b.Part(Palette.Cream, Smooth(-0.14f, 0, -0.12f, 0.5f, -0.2f, 0.9f, 0, 0.95f, 0.2f, 0.9f, 0.14f, 0.5f, 0.16f, 0));
            b.Part(Palette.Lighter(Palette.Wood, 0.55f), Oval(0.04f, 0.02f, 0.66f, 0.16f));
            b.Body(Smooth(-0.66f, 0.02f, -0.58f, -0.42f, -0.3f, -0.8f, 0.04f, -0.92f, 0.38f, -0.8f, 0.66f, -0.42f, 0.74f, 0.02f, 0.4f,
                -0.07f, 0.04f, -0.1f, -0.32f, -0.07f));
        }
        if (b.Variant == 0 && b.Chance(0.7f))
        {
            b.Fill(Palette.Paper, Oval(-0.44f, -0.3f, 0.14f, 0.12f));
            b.Fill(Palette.Paper, Oval(0.1f, -0.6f, 0.15f, 0.11f));
            b.Fill(Palette.Paper, Oval(0.5f, -0.22f, 0.14f, 0.12f));
            b.Fill(Palette.Paper, Oval(-0.02f, -0.12f, 0.12f, 0.09f));
        }
    }
}
