using SkiaSharp;

namespace ClipLens.Scenes.Drawing;

/// <summary>
/// What an object is painted with, in its own coordinates: its colour and pattern go on what is called its body, everything
/// else has colours of its own. Every method takes over the outlines it is given and disposes them.
/// </summary>
internal sealed class Brush : IDisposable
{
    private const float InkWidth = 0.055f;

    private readonly SKCanvas canvas;
    private readonly SKPaint fill = new() { IsAntialias = true, Style = SKPaintStyle.Fill };
    private readonly SKPaint line = new()
    {
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
    };
    private readonly SKPaint light;
    private readonly SKPath? pattern;
    private readonly SKColor patternColour;
    private readonly SceneRandom random;

    public Brush(SKCanvas canvas, SceneObject item)
    {
        this.canvas = canvas;
        random = new SceneRandom(item.Seed);
        Variant = item.Variant;
        var paint = Palette.Paint(item.Colour);
        float shift = random.Uniform(-0.1f, 0.1f);
        Main = shift < 0 ? Palette.Darker(paint, -shift) : Palette.Lighter(paint, shift * 0.8f);
        Ink = item.Colour == SceneColour.Black ? new SKColor(150, 152, 162) : Palette.Darker(Main, 0.66f);
        patternColour = Palette.PatternOn(item.Colour);
        pattern = Patterns.Outline(item.Pattern, random);
        light = new SKPaint { IsAntialias = true, Shader = Shading(item.Mirrored) };
    }

    /// <summary>Which of the kind's shapes or poses is asked for.</summary>
    public int Variant { get; }

    public SKColor Main { get; }

    public SKColor Dark => Palette.Darker(Main, 0.3f);

    public SKColor Pale => Palette.Lighter(Main, 0.45f);

    public SKColor Ink { get; }

    /// <summary>A length between two bounds, by the object's seed.</summary>
    public float Vary(float low, float high) => random.Uniform(low, high);

    public bool Chance(float probability) => random.Chance(probability);

    public SKColor Pick(params ReadOnlySpan<SKColor> colours) => colours[random.Below(colours.Length)];

    /// <summary>The main surface: colour, pattern, light and shade, with one ink line around all the parts together.</summary>
    public void Body(params ReadOnlySpan<SKPath> parts)
    {
        foreach (var part in parts) Stroke(part, Ink, 2 * InkWidth);
        foreach (var part in parts)
        {
            Paint(part, Main);
            if (pattern is not null) PaintPattern(part);
            canvas.DrawPath(part, light);
        }
        foreach (var part in parts) part.Dispose();
    }

    /// <summary>A part with a colour of its own and an ink line around.</summary>
    public void Part(SKColor colour, params ReadOnlySpan<SKPath> parts)
    {
        foreach (var part in parts) Stroke(part, Ink, 2 * InkWidth);
        foreach (var part in parts)
        {
            Paint(part, colour);
            part.Dispose();
        }
    }

    /// <summary>A part without a line around.</summary>
    public void Fill(SKColor colour, SKPath path)
    {
        Paint(path, colour);
        path.Dispose();
    }

    /// <summary>A line along an open or closed outline.</summary>
    public void Line(SKColor colour, float width, SKPath path)
    {
        Stroke(path, colour, width);
        path.Dispose();
    }

    /// <summary>A line in ink of the usual width.</summary>
    public void InkLine(SKPath path) => Line(Ink, InkWidth, path);

    /// <summary>A rod: a coloured line with ink on both sides.</summary>
    public void Rod(SKColor colour, float width, SKPath path)
    {
        Stroke(path, Ink, width + 1.6f * InkWidth);
        Stroke(path, colour, width);
        path.Dispose();
    }

    public void Dot(SKColor colour, float x, float y, float radius) => Fill(colour, Shapes.Disc(x, y, radius));

    /// <summary>A round eye looking ahead.</summary>
    public void Eye(float x, float y, float radius)
    {
        Dot(Palette.Paper, x, y, radius);
        Dot(Palette.Rubber, x + radius * 0.25f, y, radius * 0.66f);
    }

    public void Dispose()
    {
        fill.Dispose();
        line.Dispose();
        light.Shader?.Dispose();
        light.Dispose();
        pattern?.Dispose();
    }

    private void Paint(SKPath path, SKColor colour)
    {
        fill.Color = colour;
        canvas.DrawPath(path, fill);
    }

    private void Stroke(SKPath path, SKColor colour, float width)
    {
        line.Color = colour;
        line.StrokeWidth = width;
        canvas.DrawPath(path, line);
    }

    private void PaintPattern(SKPath part)
    {
        canvas.Save();
        canvas.ClipPath(part, SKClipOperation.Intersect, antialias: true);
        Paint(pattern!, patternColour);
        canvas.Restore();
    }

    // The light comes from above and the left; a mirrored object is turned, the light is not.
    private static SKShader Shading(bool mirrored) => SKShader.CreateLinearGradient(
        new SKPoint(mirrored ? 0.5f : -0.5f, -0.9f), new SKPoint(mirrored ? -0.4f : 0.4f, 0.95f),
        [new SKColor(255, 255, 255, 64), new SKColor(255, 255, 255, 0), new SKColor(10, 10, 40, 0), new SKColor(10, 10, 40, 70)],
        [0, 0.45f, 0.5f, 1], SKShaderTileMode.Clamp);
}
