using SkiaSharp;
using static ClipLens.Scenes.Drawing.Shapes;

namespace ClipLens.Scenes.Drawing;

/// <summary>The backgrounds, in coordinates 0 to 1 of the whole picture. The horizon lies at about 0.5.</summary>
internal sealed class Backdrops : IDisposable
{
    private readonly SKCanvas canvas;
    private readonly SceneRandom random;
    private readonly SKPaint paint = new() { IsAntialias = true, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };
    private readonly float horizon;

    private Backdrops(SKCanvas canvas, ulong seed)
    {
        this.canvas = canvas;
        random = new SceneRandom(seed);
        horizon = random.Uniform(0.42f, 0.58f);
    }

    public static void Draw(SKCanvas canvas, SceneBackground background, ulong seed)
    {
        using var backdrop = new Backdrops(canvas, seed);
        canvas.Save();
        if (backdrop.random.Chance(0.5)) canvas.Scale(-1, 1, 0.5f, 0);
        backdrop.Draw(background);
        canvas.Restore();
    }

    public void Dispose() => paint.Dispose();

    private void Draw(SceneBackground background)
    {
        switch (background)
        {
            case SceneBackground.Sea: Sea(); break;
            case SceneBackground.Beach: Beach(); break;
            case SceneBackground.Road: Road(); break;
            case SceneBackground.City: City(); break;
            case SceneBackground.Forest: Forest(); break;
            case SceneBackground.Meadow: Meadow(); break;
            case SceneBackground.Mountains: Mountains(); break;
            case SceneBackground.Desert: Desert(); break;
            case SceneBackground.Snow: Snow(); break;
            case SceneBackground.NightSky: NightSky(); break;
            case SceneBackground.Room: Room(); break;
            case SceneBackground.Kitchen: Kitchen(); break;
            default: throw new ArgumentOutOfRangeException(nameof(background));
        }
    }

    private float U(float low, float high) => random.Uniform(low, high);

    private void Fill(SKColor colour, SKPath path)
    {
        paint.Style = SKPaintStyle.Fill;
        paint.Color = colour;
        canvas.DrawPath(path, paint);
        path.Dispose();
    }

    private void Line(SKColor colour, float width, SKPath path)
    {
        paint.Style = SKPaintStyle.Stroke;
        paint.Color = colour;
        paint.StrokeWidth = width;
        canvas.DrawPath(path, paint);
        path.Dispose();
    }

    /// <summary>From one colour above to another below; all the rest down to the picture's edge, so that no seam is left between
    /// bands.</summary>
    private void Band(float top, float bottom, SKColor above, SKColor below)
    {
        paint.Style = SKPaintStyle.Fill;
        paint.Color = SKColors.Black;
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, top), new SKPoint(0, bottom), [above, below],
            SKShaderTileMode.Clamp);
        paint.Shader = shader;
        canvas.DrawRect(new SKRect(-0.1f, top <= 0 ? -0.1f : top, 1.1f, 1.1f), paint);
        paint.Shader = null;
    }

    private void DaySky(float bottom, bool clouds = true)
    {
        var high = Palette.Mix(new SKColor(96, 168, 232), new SKColor(140, 178, 214), U(0, 1));
        Band(0, bottom, high, Palette.Mix(high, new SKColor(236, 244, 250), 0.75f));
        if (!clouds) return;
        int count = random.Below(4);
        for (int i = 0; i < count; i++) Cloud(U(0.05f, 0.95f), U(0.05f, bottom * 0.6f), U(0.05f, 0.1f));
    }

    private void Cloud(float x, float y, float size)
    {
        Fill(new SKColor(255, 255, 255, 215), Join(Oval(x, y, size * 1.5f, size * 0.42f),
            Disc(x - size * 0.5f, y - size * 0.2f, size * 0.45f),
            Disc(x + size * 0.3f, y - size * 0.35f, size * 0.55f)));
    }

    /// <summary>Land whose upper edge rolls up and down.</summary>
    private SKPath Hills(float top, float height, float bottom = 1.05f)
    {
        float a = U(-height, height), b = U(-height, height), c = U(-height, height), d = U(-height, height);
        var path = Curve(-0.1f, top + a, 0.2f, top + b, 0.5f, top + c, 0.8f, top + d, 1.1f, top + a);
        path.LineTo(1.1f, bottom);
        path.LineTo(-0.1f, bottom);
        path.Close();
        return path;
    }

    private void Sea()
    {
        DaySky(horizon);
        var deep = Palette.Mix(new SKColor(18, 84, 150), new SKColor(14, 112, 140), U(0, 1));
        Band(horizon, 1, Palette.Lighter(deep, 0.25f), Palette.Darker(deep, 0.15f));
        for (float y = horizon + 0.05f; y < 1; y += 0.075f)
        {
            float size = 0.03f + (y - horizon) * 0.07f;
            for (float x = U(-0.1f, 0.1f); x < 1.1f; x += U(2.6f, 5) * size)
                Line(new SKColor(214, 238, 250, 190), 0.009f + (y - horizon) * 0.012f,
                    Curve(x - size, y, x - size * 0.5f, y - size * 0.36f, x, y, x + size * 0.5f, y - size * 0.36f, x + size, y));
        }
    }

    private void Beach()
    {
        DaySky(horizon - 0.08f);
        Band(horizon - 0.08f, horizon + 0.14f, new SKColor(40, 130, 190), new SKColor(90, 196, 214));
        var sand = Palette.Mix(new SKColor(244, 218, 158), new SKColor(232, 200, 142), U(0, 1));
        float shore = horizon + 0.1f, slope = U(-0.05f, 0.05f);
        var edge = Curve(-0.1f, shore + slope, 0.2f, shore + 0.03f, 0.5f, shore - 0.01f, 0.8f, shore + 0.03f, 1.1f, shore - slope);
        using (var foam = new SKPath(edge)) Line(new SKColor(250, 253, 255), 0.035f, new SKPath(foam));
        edge.LineTo(1.1f, 1.1f);
        edge.LineTo(-0.1f, 1.1f);
        edge.Close();
        Fill(sand, edge);
        for (int i = 0; i < 26; i++) Fill(Palette.Darker(sand, U(0.1f, 0.25f)), Disc(U(0, 1), U(shore + 0.08f, 1), U(0.004f, 0.009f)));
    }

    private void Road()
    {
        DaySky(horizon + 0.05f);
        Fill(Palette.Mix(new SKColor(120, 170, 90), new SKColor(170, 174, 96), U(0, 1)), Hills(horizon - 0.02f, 0.02f));
        float top = horizon + U(0.08f, 0.13f);
        var asphalt = Palette.Mix(new SKColor(92, 94, 100), new SKColor(116, 116, 120), U(0, 1));
        Fill(asphalt, Box(-0.1f, top, 1.1f, 1.1f));
        Line(new SKColor(240, 240, 236), 0.016f, Polyline(-0.1f, top + 0.03f, 1.1f, top + 0.03f));
        float middle = top + (1 - top) * U(0.5f, 0.64f);
        for (float x = U(-0.2f, 0); x < 1.1f; x += 0.26f) Fill(new SKColor(248, 240, 200), Box(x, middle, x + 0.15f, middle + 0.032f));
        for (float x = U(0, 0.12f); x < 1; x += 0.22f)
        {
            Line(new SKColor(226, 226, 226), 0.016f, Polyline(x, top - 0.075f, x, top - 0.005f));
        }
        Line(new SKColor(210, 212, 216), 0.02f, Polyline(-0.1f, top - 0.065f, 1.1f, top - 0.065f));
    }

    private void City()
    {
        bool dusk = random.Chance(0.35);
        if (dusk) Band(0, 1, new SKColor(110, 110, 170), new SKColor(250, 190, 140));
        else DaySky(0.8f);
        float ground = U(0.74f, 0.8f);
        Skyline(ground, U(0.25f, 0.4f), new SKColor(150, 160, 184), 0.12f, default);
        Skyline(ground, U(0.34f, 0.48f), Palette.Mix(new SKColor(96, 104, 128), new SKColor(124, 106, 108), U(0, 1)), 0.17f,
            dusk ? new SKColor(255, 226, 130) : new SKColor(196, 216, 234));
        Fill(new SKColor(158, 158, 162), Box(-0.1f, ground, 1.1f, 1.1f));
        Line(new SKColor(208, 208, 208), 0.02f, Polyline(-0.1f, ground + 0.01f, 1.1f, ground + 0.01f));
        for (float x = U(-0.3f, -0.2f); x < 1.2f; x += 0.2f)
            Line(new SKColor(134, 134, 140), 0.01f, Polyline(x + 0.1f, ground + 0.02f, x, 1.05f));
    }

    private void Skyline(float ground, float top, SKColor colour, float width, SKColor windows)
    {
        for (float x = U(-0.1f, 0); x < 1;)
        {
            float w = width * U(0.7f, 1.2f), roof = Math.Max(0.08f, top + U(-0.16f, 0.16f));
            var wall = Palette.Mix(colour, Palette.Darker(colour, 0.3f), U(0, 1));
            Fill(wall, Box(x, roof, x + w, ground));
            if (windows.Alpha > 0)
                for (float wy = roof + 0.03f; wy < ground - 0.05f; wy += 0.062f)
                    for (float wx = x + 0.02f; wx < x + w - 0.03f; wx += 0.045f)
                        if (random.Chance(0.8)) Fill(windows, Box(wx, wy, wx + 0.024f, wy + 0.034f));
            x += w + U(0, 0.02f);
        }
    }

    private void Forest()
    {
        Band(0, 1, new SKColor(158, 190, 150), new SKColor(66, 104, 62));
        for (int row = 0; row < 3; row++)
        {
            var green = Palette.Mix(new SKColor(104, 146, 104), new SKColor(22, 66, 40), row / 2f);
            float foot = horizon + 0.04f + row * 0.07f, size = 0.15f + row * 0.04f;
            for (float x = U(-0.08f, 0.04f); x < 1.1f; x += size * U(0.55f, 0.95f)) Conifer(x, foot + U(-0.02f, 0.02f),
                size * U(0.9f, 1.25f), green);
        }
        var floor = Palette.Mix(new SKColor(92, 84, 50), new SKColor(70, 96, 50), U(0, 1));
        Fill(floor, Hills(horizon + 0.2f, 0.02f));
        for (int i = 0; i < 22; i++)
        {
            float x = U(0, 1), y = U(horizon + 0.27f, 1);
            Line(Palette.Darker(floor, U(0.15f, 0.35f)), 0.012f, Polyline(x, y, x + U(-0.015f, 0.015f), y - 0.03f));
        }
    }

    private void Conifer(float x, float foot, float size, SKColor green)
    {
        Fill(Palette.Darker(new SKColor(90, 62, 40), 0.2f), Box(x - size * 0.07f, foot - size * 0.3f, x + size * 0.07f,
            foot + size * 0.2f));
        for (int i = 0; i < 3; i++)
        {
            float low = foot - size * 0.62f * i, wide = size * (0.52f - 0.11f * i);
            Fill(Palette.Lighter(green, 0.06f * i), Polygon(x - wide, low, x, low - size * 1.05f, x + wide, low));
        }
    }

    private void Meadow()
    {
        DaySky(horizon + 0.1f);
        var green = Palette.Mix(new SKColor(104, 178, 64), new SKColor(140, 190, 80), U(0, 1));
        Fill(Palette.Lighter(green, 0.28f), Hills(horizon - 0.03f, 0.05f));
        Fill(green, Hills(horizon + 0.1f, 0.035f));
        for (int i = 0; i < 34; i++)
        {
            float x = U(0, 1), y = U(horizon + 0.18f, 1.02f), h = 0.02f + (y - horizon) * 0.06f;
            var blade = Palette.Darker(green, U(0.12f, 0.3f));
            Line(blade, 0.008f, Polyline(x - h * 0.4f, y - h, x, y, x, y - h * 1.2f));
            Line(blade, 0.008f, Polyline(x, y, x + h * 0.45f, y - h));
        }
    }

    private void Mountains()
    {
        DaySky(horizon + 0.2f);
        var rock = Palette.Mix(new SKColor(112, 120, 142), new SKColor(134, 122, 120), U(0, 1));
        float foot = horizon + 0.2f;
        for (int row = 0; row < 2; row++)
        {
            for (float x = U(-0.1f, 0.1f); x < 1.1f; x += U(0.26f, 0.38f))
            {
                float peak = row == 0 ? U(0.08f, 0.22f) : U(0.24f, 0.38f), half = (foot - peak) * U(0.5f, 0.66f);
                var stone = row == 0 ? Palette.Lighter(rock, 0.25f) : rock;
                Fill(stone, Polygon(x - half, foot, x, peak, x + half, foot));
                Fill(Palette.Darker(stone, 0.22f), Polygon(x, peak, x + half, foot, x + half * 0.15f, foot, x + half * 0.1f,
                    peak + (foot - peak) * 0.4f));
                Fill(new SKColor(250, 252, 255), Polygon(x, peak, x + half * 0.3f, peak + (foot - peak) * 0.3f, x + half * 0.12f,
                    peak + (foot - peak) * 0.24f,
                    x, peak + (foot - peak) * 0.34f, x - half * 0.14f, peak + (foot - peak) * 0.22f, x - half * 0.3f,
                    peak + (foot - peak) * 0.3f));
            }
        }
        var ground = Palette.Mix(new SKColor(112, 140, 92), new SKColor(134, 134, 104), U(0, 1));
        Fill(ground, Hills(foot - 0.03f, 0.02f));
        for (int i = 0; i < 12; i++)
        {
            float x = U(0, 1), y = U(foot + 0.06f, 1), r = U(0.012f, 0.028f);
            Fill(Palette.Mix(rock, ground, 0.25f), Smooth(x - r, y, x - r * 0.4f, y - r, x + r * 0.6f, y - r * 0.8f, x + r, y));
        }
    }

    private void Desert()
    {
        var high = Palette.Mix(new SKColor(110, 180, 230), new SKColor(246, 190, 130), U(0, 1));
        Band(0, horizon + 0.1f, high, new SKColor(252, 232, 192));
        var sand = Palette.Mix(new SKColor(230, 164, 84), new SKColor(214, 140, 80), U(0, 1));
        if (random.Chance(0.5)) Mesa(U(0.1f, 0.8f));
        for (int i = 0; i < 3; i++)
        {
            float top = horizon + i * 0.14f;
            var dune = Palette.Mix(Palette.Lighter(sand, 0.32f), sand, i / 2f);
            Fill(dune, Hills(top, 0.05f));
            float x = U(0.1f, 0.7f);
            Fill(Palette.Darker(dune, 0.16f), Smooth(x, top + 0.04f, x + 0.16f, top + 0.02f, x + 0.4f, top + 0.1f, x + 0.24f, top + 0.12f));
        }
        for (float y = horizon + 0.36f; y < 1; y += 0.07f)
        {
            float x = U(0, 0.8f);
            Line(Palette.Darker(sand, 0.14f), 0.01f, Curve(x, y, x + 0.1f, y - 0.015f, x + 0.2f, y + 0.01f, x + 0.3f, y));
        }
    }

    private void Mesa(float x)
    {
        var stone = new SKColor(190, 108, 76);
        Fill(stone, Polygon(x - 0.16f, horizon + 0.05f, x - 0.11f, horizon - 0.16f, x + 0.1f, horizon - 0.16f, x + 0.15f, horizon + 0.05f));
        Fill(Palette.Darker(stone, 0.2f), Polygon(x + 0.03f, horizon - 0.16f, x + 0.1f, horizon - 0.16f, x + 0.15f, horizon + 0.05f,
            x + 0.05f, horizon + 0.05f));
    }

    private void Snow()
    {
        var sky = Palette.Mix(new SKColor(150, 170, 192), new SKColor(176, 190, 214), U(0, 1));
        Band(0, horizon + 0.1f, sky, Palette.Lighter(sky, 0.5f));
        Fill(new SKColor(216, 226, 240), Hills(horizon - 0.02f, 0.06f));
        Fill(new SKColor(238, 243, 250), Hills(horizon + 0.12f, 0.04f));
        Fill(new SKColor(250, 252, 255), Hills(horizon + 0.3f, 0.03f));
        for (int i = 0; i < 4; i++)
        {
            float x = U(0, 0.9f), y = U(horizon + 0.16f, 0.98f);
            Line(new SKColor(204, 216, 234), 0.012f, Curve(x, y, x + 0.08f, y - 0.012f, x + 0.18f, y));
        }
        for (int i = 0; i < 46; i++) Fill(SKColors.White, Disc(U(0, 1), U(0, 1), U(0.007f, 0.014f)));
    }

    private void NightSky()
    {
        var deep = Palette.Mix(new SKColor(10, 14, 48), new SKColor(30, 18, 60), U(0, 1));
        Band(0, 1, deep, Palette.Mix(deep, new SKColor(66, 70, 130), 0.8f));
        for (int i = 0; i < 60; i++)
            Fill(new SKColor(255, 250, 224, (byte)U(150, 255)), Disc(U(0, 1), U(0, 0.85f), U(0.004f, 0.011f)));
        for (int i = 0; i < 5; i++)
        {
            float x = U(0.05f, 0.95f), y = U(0.05f, 0.6f), r = U(0.02f, 0.03f);
            Fill(new SKColor(255, 250, 220), Polygon(x - r, y, x - r * 0.2f, y - r * 0.2f, x, y - r, x + r * 0.2f, y - r * 0.2f, x + r, y,
                x + r * 0.2f, y + r * 0.2f, x, y + r, x - r * 0.2f, y + r * 0.2f));
        }
        float mx = random.Chance(0.5) ? U(0.08f, 0.2f) : U(0.8f, 0.92f), my = U(0.1f, 0.2f);
        Fill(new SKColor(250, 244, 214), Disc(mx, my, 0.075f));
        Fill(Palette.Mix(deep, new SKColor(66, 70, 130), 0.12f), Disc(mx + 0.035f, my - 0.02f, 0.066f));
        Fill(new SKColor(18, 24, 44), Hills(0.86f, 0.03f));
    }

    private void Room()
    {
        var wall = random.Pick<SKColor>([new(226, 208, 178), new(190, 208, 200), new(214, 190, 190), new(204, 204, 224),
            new(232, 222, 196)]);
        float floor = U(0.64f, 0.72f);
        Fill(wall, Box(-0.1f, -0.1f, 1.1f, 1.1f));
        if (random.Chance(0.5))
            for (float x = U(0, 0.1f); x < 1; x += 0.1f) Fill(Palette.Lighter(wall, 0.2f), Box(x, -0.1f, x + 0.03f, floor));
        RoomWindow(U(0.06f, 0.14f), U(0.08f, 0.14f));
        float left = U(0.66f, 0.72f), top = U(0.1f, 0.2f);
        Fill(new SKColor(120, 84, 50), Box(left, top, left + 0.22f, top + 0.24f));
        Fill(new SKColor(240, 234, 216), Box(left + 0.02f, top + 0.02f, left + 0.2f, top + 0.22f));
        Fill(random.Pick<SKColor>([new(170, 120, 110), new(110, 140, 150), new(180, 160, 100)]),
            Box(left + 0.05f, top + 0.05f, left + 0.17f, top + 0.19f));
        var wood = Palette.Mix(new SKColor(176, 128, 82), new SKColor(140, 96, 62), U(0, 1));
        Fill(wood, Box(-0.1f, floor, 1.1f, 1.1f));
        Fill(Palette.Lighter(wall, 0.6f), Box(-0.1f, floor - 0.03f, 1.1f, floor + 0.005f));
        for (float y = floor + 0.06f; y < 1; y += 0.075f)
        {
            Line(Palette.Darker(wood, 0.25f), 0.008f, Polyline(-0.1f, y, 1.1f, y));
            for (float x = U(0, 0.3f); x < 1; x += 0.33f) Line(Palette.Darker(wood, 0.25f), 0.008f, Polyline(x, y, x, y - 0.07f));
        }
        if (random.Chance(0.5)) Fill(random.Pick<SKColor>([new(170, 90, 90), new(90, 110, 150), new(150, 140, 90)]),
            Oval(0.5f, 0.92f, 0.42f, 0.07f));
    }

    private void RoomWindow(float left, float top)
    {
        Fill(SKColors.White, Box(left, top, left + 0.28f, top + 0.36f));
        Fill(new SKColor(170, 212, 240), Box(left + 0.02f, top + 0.02f, left + 0.26f, top + 0.34f));
        Line(SKColors.White, 0.02f, Polyline(left + 0.14f, top, left + 0.14f, top + 0.36f));
        Line(SKColors.White, 0.02f, Polyline(left, top + 0.18f, left + 0.28f, top + 0.18f));
        var curtain = random.Pick<SKColor>([new(190, 90, 80), new(90, 130, 120), new(200, 170, 100), new(120, 110, 160)]);
        Fill(curtain, Polygon(left - 0.05f, top - 0.03f, left + 0.06f, top - 0.03f, left - 0.01f, top + 0.4f, left - 0.05f, top + 0.4f));
        Fill(curtain, Polygon(left + 0.33f, top - 0.03f, left + 0.22f, top - 0.03f, left + 0.29f, top + 0.4f, left + 0.33f, top + 0.4f));
    }

    private void Kitchen()
    {
        var tile = random.Pick<SKColor>([new(232, 240, 240), new(226, 236, 214), new(240, 232, 212), new(214, 230, 240)]);
        float counter = U(0.64f, 0.7f);
        Fill(tile, Box(-0.1f, -0.1f, 1.1f, 1.1f));
        var joint = Palette.Darker(tile, 0.2f);
        for (float x = U(0, 0.1f); x < 1; x += 0.115f) Line(joint, 0.008f, Polyline(x, 0, x, counter));
        for (float y = 0.3f; y < counter; y += 0.115f) Line(joint, 0.008f, Polyline(-0.1f, y, 1.1f, y));
        var cupboard = random.Pick<SKColor>([new(186, 134, 86), new(150, 172, 164), new(206, 196, 172), new(164, 112, 84)]);
        float hood = U(0.34f, 0.66f);
        for (float x = -0.02f; x < 1; x += 0.26f) CupboardDoor(cupboard, x, -0.05f, x + 0.25f, 0.21f);
        Fill(new SKColor(176, 180, 186), Polygon(hood - 0.07f, -0.05f, hood + 0.07f, -0.05f, hood + 0.09f, 0.16f, hood + 0.17f, 0.26f,
            hood - 0.17f, 0.26f, hood - 0.09f, 0.16f));
        Line(new SKColor(120, 124, 132), 0.012f, Polyline(hood - 0.17f, 0.26f, hood + 0.17f, 0.26f));
        Band(counter, 1, new SKColor(196, 190, 184), new SKColor(172, 164, 156));
        Fill(new SKColor(222, 218, 212), Box(-0.1f, counter, 1.1f, counter + 0.03f));
        if (random.Chance(0.6)) Fill(new SKColor(204, 160, 104), Polygon(0.1f, 0.99f, 0.16f, 0.82f, 0.84f, 0.82f, 0.9f, 0.99f));
    }

    private void CupboardDoor(SKColor colour, float left, float top, float right, float bottom)
    {
        Fill(Palette.Darker(colour, 0.3f), Box(left, top, right + 0.01f, bottom + 0.01f));
        Fill(colour, Box(left + 0.008f, top + 0.008f, right - 0.002f, bottom));
        Line(Palette.Darker(colour, 0.18f), 0.008f, Box(left + 0.04f, top + 0.04f, right - 0.035f, bottom - 0.035f));
        Fill(new SKColor(80, 80, 84), Disc(right - 0.03f, bottom - 0.05f, 0.01f));
    }
}
