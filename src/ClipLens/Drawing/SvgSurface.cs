using System.Globalization;
using System.Security;
using System.Text;

namespace ClipLens.Drawing;

/// <summary>Draws a chart as SVG. Texts stay texts: they can be searched, copied and set in another font.</summary>
internal sealed class SvgSurface : IChartSurface
{
    private readonly StringBuilder body = new();
    private int clips;
    private bool clipped;

    public SvgSurface(int width, int height)
    {
        body.Append(CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" """);
        body.Append("font-family=\"'DejaVu Sans', Verdana, sans-serif\">\n");
        Box(0, 0, width, height, 0xffffff);
    }

    public void Line(float x1, float y1, float x2, float y2, uint colour, float width) =>
        Add($"""<line x1="{N(x1)}" y1="{N(y1)}" x2="{N(x2)}" y2="{N(y2)}" stroke="{Colour(colour)}" stroke-width="{N(width)}"/>""");

    public void Path(IReadOnlyList<(float X, float Y)> points, uint colour, float width, bool dashed)
    {
        string at = string.Join(' ', points.Select(point => $"{N(point.X)},{N(point.Y)}"));
        string dashes = dashed ? " stroke-dasharray=\"6 4\"" : "", stroke = $"stroke=\"{Colour(colour)}\" stroke-width=\"{N(width)}\"";
        Add($"""<polyline points="{at}" fill="none" {stroke} stroke-linejoin="round"{dashes}/>""");
    }

    public void Disc(float x, float y, float radius, uint colour) =>
        Add($"""<circle cx="{N(x)}" cy="{N(y)}" r="{N(radius)}" fill="{Colour(colour)}"/>""");

    public void Box(float x, float y, float width, float height, uint colour) =>
        Add($"""<rect x="{N(x)}" y="{N(y)}" width="{N(width)}" height="{N(height)}" fill="{Colour(colour)}"/>""");

    public void Text(string text, float x, float y, float size, uint colour, TextAnchor anchor, bool bold = false, bool upright = false)
    {
        string place = upright ? $"transform=\"translate({N(x)} {N(y)}) rotate(-90)\"" : $"x=\"{N(x)}\" y=\"{N(y)}\"";
        string align = anchor switch { TextAnchor.Start => "start", TextAnchor.Middle => "middle", _ => "end" };
        string look = $"font-size=\"{N(size)}\" fill=\"{Colour(colour)}\" text-anchor=\"{align}\"{(bold ? " font-weight=\"bold\"" : "")}";
        Add($"<text {place} {look}>{SecurityElement.Escape(text)}</text>");
    }

    public void Clip((float X, float Y, float Width, float Height)? box)
    {
        if (clipped) Add("</g>");
        clipped = box is not null;
        if (box is not var (x, y, width, height)) return;
        string name = $"clip{clips++}";
        Add($"""<clipPath id="{name}"><rect x="{N(x)}" y="{N(y)}" width="{N(width)}" height="{N(height)}"/></clipPath>""");
        Add($"""<g clip-path="url(#{name})">""");
    }

    public override string ToString() => body + "</svg>\n";

    private void Add(string element) => body.Append(element).Append('\n');

    private static string N(float value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Colour(uint colour) => $"#{colour:x6}";
}
