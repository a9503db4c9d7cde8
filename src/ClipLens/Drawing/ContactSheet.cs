using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Drawing;

/// <summary>A picture of a contact sheet.</summary>
/// <param name="Picture">The picture; it keeps its shape.</param>
/// <param name="Caption">What stands beneath it; a line break in it begins a second line, such as a file's name, which is cut in its
/// middle where it is too long.</param>
/// <param name="Heat">A map to be seen over a second copy of the picture beside it, if any.</param>
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
    private const float TwinGap = 4, LegendLine = 24, BarHeight = 12;
    private const int CaptionLines = 10, TitleLines = 8, LeastWidth = 480, BarWidth = 120;

    /// <summary>What the colours of the maps mean, beside a bar of them; no bar if null.</summary>
    public string? HeatLegend { get; init; }

    private bool HasTwins => Tiles.Any(tile => tile.Heat is not null);

    /// <summary>Width of a picture, or of one with its twin.</summary>
    private float CellWidth => HasTwins ? 2 * TileSize + TwinGap : TileSize;

    private static readonly SKColor Paper = SKColors.White, Ink = new(0x22, 0x22, 0x22), Faint = new(0x66, 0x66, 0x66);

    /// <summary>The sheet as a picture.</summary>
    public RgbImage Draw()
    {
        int most = Math.Max(HasTwins ? (Columns + 1) / 2 : Columns, 1), columns = Math.Clamp(Tiles.Count, 1, most),
            rows = (Tiles.Count + columns - 1) / columns;
        float width = Math.Max(LeastWidth, 2 * Margin + columns * CellWidth + (columns - 1) * Gap);
        List<(string Text, bool Head)> title = WrapTitle(width - 2 * Margin);
        var legend = HeatLegend is null ? [] : Lettering.Wrap(HeatLegend, CaptionSize, width - 2 * Margin - BarWidth - Gap, TitleLines);
        float legendHeight = legend.Count > 0 ? LegendLine + (legend.Count - 1) * CaptionLine : 0;
        float titleHeight = title.Sum(line => line.Head ? HeadLine : TextLine) + (title.Count > 0 ? Gap : 0) + legendHeight;
        float captionHeight = CaptionLine * Tiles.Select(tile => Caption(tile).Count).DefaultIfEmpty(0).Max();
        float pitch = TileSize + captionHeight + Gap + 4;
        float height = 2 * Margin + titleHeight + Math.Max(0, rows * pitch - Gap);
        using var bitmap = new SKBitmap(new SKImageInfo((int)width, (int)Math.Ceiling(height), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Paper);
        DrawTitle(canvas, title);
        if (legend.Count > 0) DrawLegend(canvas, legend, Margin + titleHeight - legendHeight - (title.Count > 0 ? Gap / 2 : 0));
        for (int i = 0; i < Tiles.Count; i++)
            DrawTile(canvas, Tiles[i], Margin + i % columns * (CellWidth + Gap), Margin + titleHeight + i / columns * pitch);
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
        string[] lines = tile.Caption.Split('\n', 2);
        var wrapped = Lettering.Wrap(lines[0], CaptionSize, CellWidth, CaptionLines);
        return lines.Length > 1 ? [.. wrapped, Lettering.FitMiddle(lines[1], CaptionSize, CellWidth)] : wrapped;
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
        DrawPicture(canvas, tile.Picture, x, y);
        if (tile.Heat is not null) DrawPicture(canvas, tile.Heat.Overlay(tile.Picture), x + TileSize + TwinGap, y);
        using SKFont font = Lettering.Font(CaptionSize);
        using var paint = new SKPaint { IsAntialias = true, Color = Ink };
        float line = y + TileSize + 4 + CaptionSize;
        foreach (string text in Caption(tile))
        {
            canvas.DrawText(text, x, line, font, paint);
            line += CaptionLine;
        }
    }

    /// <summary>A bar of the map's colours as they are over a grey picture, and what they mean.</summary>
    private static void DrawLegend(SKCanvas canvas, List<string> text, float y)
    {
        byte[] grey = new byte[BarWidth * (int)BarHeight * 3];
        Array.Fill(grey, (byte)160);
        var bar = new HeatMap([.. Enumerable.Range(0, BarWidth).Select(i => (float)i)], 1, BarWidth)
            .Overlay(new RgbImage(BarWidth, (int)BarHeight, grey));
        using SKBitmap bitmap = PngFile.ToBitmap(bar);
        canvas.DrawBitmap(bitmap, Margin, y);
        using SKFont font = Lettering.Font(CaptionSize);
        using var paint = new SKPaint { IsAntialias = true, Color = Faint };
        for (int i = 0; i < text.Count; i++)
            canvas.DrawText(text[i], Margin + BarWidth + Gap, y + CaptionSize - 2 + i * CaptionLine, font, paint);
    }

    private void DrawPicture(SKCanvas canvas, RgbImage picture, float x, float y)
    {
        using SKBitmap bitmap = PngFile.ToBitmap(picture);
        using SKImage image = SKImage.FromBitmap(bitmap);
        float scale = (float)TileSize / Math.Max(picture.Width, picture.Height), w = picture.Width * scale, h = picture.Height * scale;
        var place = SKRect.Create(x + (TileSize - w) / 2, y + (TileSize - h) / 2, w, h);
        canvas.DrawImage(image, place, Sampling(scale));
    }

    /// <summary>A picture that fits as it is keeps its bytes; others are smoothed.</summary>
    private static SKSamplingOptions Sampling(float scale) => scale switch
    {
        1 => new SKSamplingOptions(SKFilterMode.Nearest),
        < 1 => new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear),
        _ => new SKSamplingOptions(SKCubicResampler.CatmullRom),
    };
}
