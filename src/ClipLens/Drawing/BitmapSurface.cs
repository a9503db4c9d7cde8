using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Drawing;

/// <summary>Draws a chart as pixels.</summary>
internal sealed class BitmapSurface : IChartSurface, IDisposable
{
    private readonly SKBitmap bitmap;
    private readonly SKCanvas canvas;
    private readonly SKPaint paint = new() { IsAntialias = true };
    private bool clipped;

    public BitmapSurface(int width, int height, float scale)
    {
        (int columns, int rows) = ((int)Math.Ceiling(width * scale), (int)Math.Ceiling(height * scale));
        bitmap = new SKBitmap(new SKImageInfo(columns, rows, SKColorType.Rgba8888, SKAlphaType.Opaque));
        canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        canvas.Scale(scale);
    }

    public void Line(float x1, float y1, float x2, float y2, uint colour, float width) =>
        Path([(x1, y1), (x2, y2)], colour, width, dashed: false);

    public void Path(IReadOnlyList<(float X, float Y)> points, uint colour, float width, bool dashed)
    {
        using var path = new SKPath();
        path.AddPoly([.. points.Select(point => new SKPoint(point.X, point.Y))], close: false);
        using SKPathEffect? dashes = dashed ? SKPathEffect.CreateDash([6, 4], 0) : null;
        Set(colour, SKPaintStyle.Stroke);
        (paint.StrokeWidth, paint.PathEffect, paint.StrokeJoin) = (width, dashes, SKStrokeJoin.Round);
        canvas.DrawPath(path, paint);
        paint.PathEffect = null;
    }

    public void Disc(float x, float y, float radius, uint colour)
    {
        Set(colour, SKPaintStyle.Fill);
        canvas.DrawCircle(x, y, radius, paint);
    }

    public void Box(float x, float y, float width, float height, uint colour)
    {
        Set(colour, SKPaintStyle.Fill);
        canvas.DrawRect(x, y, width, height, paint);
    }

    public void Text(string text, float x, float y, float size, uint colour, TextAnchor anchor, bool bold = false, bool upright = false)
    {
        using SKFont font = Lettering.Font(size, bold);
        Set(colour, SKPaintStyle.Fill);
        SKTextAlign align = anchor switch
        {
            TextAnchor.Start => SKTextAlign.Left,
            TextAnchor.Middle => SKTextAlign.Center,
            _ => SKTextAlign.Right,
        };
        canvas.Save();
        canvas.Translate(x, y);
        if (upright) canvas.RotateDegrees(-90);
        canvas.DrawText(text, 0, 0, align, font, paint);
        canvas.Restore();
    }

    public void Clip((float X, float Y, float Width, float Height)? box)
    {
        if (clipped) canvas.Restore();
        clipped = box is not null;
        if (box is not var (x, y, width, height)) return;
        canvas.Save();
        canvas.ClipRect(SKRect.Create(x, y, width, height));
    }

    public RgbImage ToImage()
    {
        canvas.Flush();
        return PngFile.ToImage(bitmap);
    }

    public void Dispose()
    {
        paint.Dispose();
        canvas.Dispose();
        bitmap.Dispose();
    }

    private void Set(uint colour, SKPaintStyle style) => (paint.Color, paint.Style) = (new SKColor(0xff000000 | colour), style);
}
