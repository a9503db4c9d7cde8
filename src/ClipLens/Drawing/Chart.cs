using System.Text;
using ClipLens.Files;
using ClipLens.Models.Images;

namespace ClipLens.Drawing;

/// <summary>How a series of a chart is drawn.</summary>
public enum ChartMark
{
    /// <summary>Points joined by a line.</summary>
    Line,

    /// <summary>Points alone.</summary>
    Points,

    /// <summary>A dashed line without points: a baseline to compare with. A single point makes it cross the whole chart.</summary>
    Level,

    /// <summary>Bars from zero, side by side where several series have them.</summary>
    Bars,
}

/// <summary>A point of a chart.</summary>
/// <param name="X">Its place on the horizontal axis.</param>
/// <param name="Y">Its place on the vertical axis; NaN leaves a gap.</param>
/// <param name="Low">Lower end of its error bar, if it has one.</param>
/// <param name="High">Upper end of its error bar, if it has one.</param>
public readonly record struct ChartPoint(double X, double Y, double? Low = null, double? High = null);

/// <summary>A series of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, in the order in which a line joins them.</param>
/// <param name="Mark">How it is drawn.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points, ChartMark Mark = ChartMark.Line);

/// <summary>An axis of a chart.</summary>
/// <param name="Title">What it measures, with the unit.</param>
/// <param name="Logarithmic">Whether equal steps are equal ratios; values must then be positive.</param>
/// <param name="Least">Where it begins, if not at the data.</param>
/// <param name="Most">Where it ends, if not at the data.</param>
/// <param name="Labels">Names for the places 0, 1, 2 ... instead of numbers.</param>
public sealed record ChartAxis(string Title, bool Logarithmic = false, double? Least = null, double? Most = null,
    IReadOnlyList<string>? Labels = null);

/// <summary>A chart of lines, points or bars, the same as PNG and as SVG: accuracy against layer or number of texts, or a
/// histogram.</summary>
/// <param name="Title">What stands above it.</param>
/// <param name="Horizontal">The horizontal axis.</param>
/// <param name="Vertical">The vertical axis.</param>
/// <param name="Series">What is drawn; more than one makes a legend.</param>
public sealed record Chart(string Title, ChartAxis Horizontal, ChartAxis Vertical, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>Width in pixels (of the PNG, before its scale).</summary>
    public int Width { get; init; } = 760;

    /// <summary>Height in pixels (of the PNG, before its scale).</summary>
    public int Height { get; init; } = 440;

    /// <summary>The chart as a picture.</summary>
    /// <param name="scale">Pixels for each pixel of the design; 2 is sharp on most screens and on paper.</param>
    public RgbImage Draw(float scale = 2)
    {
        using var surface = new BitmapSurface(Width, Height, scale);
        new ChartPainter(this, surface).Paint();
        return surface.ToImage();
    }

    /// <summary>The chart as SVG, texts kept as texts.</summary>
    public string ToSvg()
    {
        var surface = new SvgSurface(Width, Height);
        new ChartPainter(this, surface).Paint();
        return surface.ToString();
    }

    /// <summary>Writes the chart as SVG where the name ends in .svg, else as PNG.</summary>
    /// <exception cref="ClipLensException">The path is a folder, or the file cannot be written there.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)) AtomicFile.Write(path, Encoding.UTF8.GetBytes(ToSvg()));
        else PngFile.Write(path, Draw());
    }
}
