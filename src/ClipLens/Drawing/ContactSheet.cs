using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Drawing;

/// <summary>A picture of a contact sheet.</summary>
/// <param name="Picture">The picture; it keeps its shape.</param>
/// <param name="Caption">What stands beneath it, on up to two lines; a line break in it begins the second.</param>
/// <param name="Heat">A map to be seen over the picture, if any.</param>
public sealed record ContactTile(RgbImage Picture, string Caption, HeatMap? Heat = null);

/// <summary>Pictures side by side with captions beneath and a title above: the top images of a neuron beside its texts.</summary>
/// <param name="Title">The lines above the pictures; the first one is set larger. Lines that are too long are wrapped.</param>
/// <param name="Tiles">The pictures, row by row.</param>
/// <param name="Columns">Pictures of a row.</param>
/// <param name="TileSize">Side of the square that each picture is fitted into, in pixels.</param>
public sealed record ContactSheet(IReadOnlyList<string> Title, IReadOnlyList<ContactTile> Tiles, int Columns = 5, int TileSize = 224)
{
    private const float Margin = 20, Gap = 12, CaptionSize = 13, CaptionLine = 17;
    private const float TextSize = 15, TextLine = 21, HeadSize = 21, HeadLine = 30;
    private const int CaptionLines = 2, TitleLines = 4, LeastWidth = 480;

    private static readonly SKColor Paper = SKColors.White, Ink = new(0x22, 0x22, 0x22), Faint = new(0x66, 0x66, 0x66);

    /// <summary>The sheet as a picture.</summary>
    public RgbImage Draw()
    {
        int columns = Math.Clamp(Tiles.Count, 1, Math.Max(Columns, 1)), rows = (Tiles.Count + columns - 1) / columns;
        float width = Math.Max(LeastWidth, 2 * Margin + columns * TileSize + (columns - 1) * Gap);
        List<(string Text, bool Head)> title = WrapTitle(width - 2 * Margin);
        float titleHeight = title.Sum(line => line.Head ? HeadLine : TextLine) + (title.Count > 0 ? Gap : 0);
        float captionHeight = CaptionLine * Tiles.Select(tile => Caption(tile).Count).DefaultIfEmpty(0).Max();
        float pitch = TileSize + captionHeight + Gap + 4;
        float height = 2 * Margin + titleHeight + Math.Max(0, rows * pitch - Gap);
        using var bitmap = new SKBitmap(new SKImageInfo((int)width, (int)Math.Ceiling(height), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Paper);
        DrawTitle(canvas, title);
        for (int i = 0; i < Tiles.Count; i++)
            DrawTile(canvas, Tiles[i], Margin + i % columns * (TileSize + Gap), Margin + titleHeight + i / columns * pitch);
        canvas.Flush();
        return PngFile.ToImage(bitmap);
    }

    private List<(string Text, bool Head)> WrapTitle(float width) =>
    [
        .. Title.SelectMany((line, i) => Lettering.Wrap(line, i == 0 ? HeadSize : TextSize, width, TitleLines, bold: i == 0)
            .Select(part => (part, i == 0))),
    ];

    private List<string> Caption(ContactTile tile)
    {
        string[] lines = tile.Caption.Split('\n', CaptionLines);
        return [.. lines.SelectMany(line => Lettering.Wrap(line, CaptionSize, TileSize, lines.Length > 1 ? 1 : CaptionLines))];
    }

    private static void DrawTitle(SKCanvas canvas, List<(string Text, bool Head)> title)
    {
        using var paint = new SKPaint { IsAntialias = true };
        float y = Margin;
        foreach ((string text, bool head) in title)
        {
            using SKFont font = Lettering.Font(head ? HeadSize : TextSize, bold: head);
            paint.Color = head ? Ink : Faint;
            canvas.DrawText(text, Margin, y + (head ? HeadSize : TextSize), font, paint);
            y += head ? HeadLine : TextLine;
        }
    }

    private void DrawTile(SKCanvas canvas, ContactTile tile, float x, float y)
    {
        RgbImage picture = tile.Heat is null ? tile.Picture : tile.Heat.Overlay(tile.Picture);
        using SKBitmap bitmap = PngFile.ToBitmap(picture);
        using SKImage image = SKImage.FromBitmap(bitmap);
        float scale = (float)TileSize / Math.Max(picture.Width, picture.Height), w = picture.Width * scale, h = picture.Height * scale;
        var place = SKRect.Create(x + (TileSize - w) / 2, y + (TileSize - h) / 2, w, h);
        canvas.DrawImage(image, place, Sampling(scale));
        using SKFont font = Lettering.Font(CaptionSize);
        using var paint = new SKPaint { IsAntialias = true, Color = Ink };
        float line = y + TileSize + 4 + CaptionSize;
        foreach (string text in Caption(tile))
        {
            canvas.DrawText(text, x, line, font, paint);
            line += CaptionLine;
        }
    }

    /// <summary>A picture that fits as it is keeps its bytes; others are smoothed.</summary>
    private static SKSamplingOptions Sampling(float scale) => scale switch
    {
        1 => new SKSamplingOptions(SKFilterMode.Nearest),
        < 1 => new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear),
        _ => new SKSamplingOptions(SKCubicResampler.CatmullRom),
    };
}
