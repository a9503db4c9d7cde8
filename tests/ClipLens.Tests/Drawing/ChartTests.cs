using System.Globalization;
using System.Xml.Linq;
using ClipLens.Drawing;
using ClipLens.Models.Images;

namespace ClipLens.Tests.Drawing;

public sealed class ChartTests : IDisposable
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private readonly string root = Directory.CreateTempSubdirectory("cliplens-chart-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_chart_says_in_svg_what_it_shows()
    {
        XElement svg = XDocument.Parse(Accuracy().ToSvg()).Root!;
        string[] texts = [.. svg.Descendants(Svg + "text").Select(text => text.Value)];
        foreach (string text in new[] { "Accuracy <by> texts & layer", "Texts", "Top-1 (%)", "feature", "unit", "baseline", "4", "8",
            "16", "1,024", "40", "60" })
            Assert.Contains(text, texts);
        Assert.Contains("sans-serif", svg.Attribute("font-family")!.Value);
        // Six points and their entries in the legend; equal ratios of x lie equally far apart.
        double[] xs = [.. svg.Descendants(Svg + "circle").Select(circle => Number(circle, "cx")).Take(4)];
        Assert.Equal(xs[1] - xs[0], xs[2] - xs[1], 0.02);
        Assert.Equal(6 * (xs[1] - xs[0]), xs[3] - xs[2], 0.05);
        // The baseline of one point crosses the whole chart, dashed.
        XElement level = svg.Descendants(Svg + "polyline").First(line => line.Attribute("stroke-dasharray") is not null);
        Assert.Equal(2, level.Attribute("points")!.Value.Split(' ').Length);
    }

    [Fact]
    public void Points_lie_where_their_values_are_on_the_axis()
    {
        var chart = new Chart("", new("x", Least: 0, Most: 10), new("y", Least: 0, Most: 100),
            [new("s", [new(0, 0), new(5, 50, 25, 75), new(10, 100)])]);
        XElement svg = XDocument.Parse(chart.ToSvg()).Root!;
        XElement[] discs = [.. svg.Descendants(Svg + "circle")];
        (double x0, double x1) = (Number(discs[0], "cx"), Number(discs[2], "cx"));
        (double y0, double y1) = (Number(discs[0], "cy"), Number(discs[2], "cy"));
        Assert.Equal(((x0 + x1) / 2, (y0 + y1) / 2), (Number(discs[1], "cx"), Number(discs[1], "cy")), Close);
        // The error bar reaches from a quarter to three quarters of the height.
        XElement bar = svg.Descendants(Svg + "line").Single(line => Number(line, "x1") == Number(line, "x2")
            && Number(line, "y2") < Number(line, "y1") - 10);
        Assert.Equal((y0 + (y1 - y0) / 4, y0 + (y1 - y0) * 3 / 4), (Number(bar, "y1"), Number(bar, "y2")), Close);
        // The grid line of 100 runs through the highest point.
        Assert.Contains(svg.Descendants(Svg + "line"), line => Math.Abs(Number(line, "y1") - y1) < 0.02
            && Number(line, "x2") - Number(line, "x1") > 300);
    }

    [Fact]
    public void Gaps_break_a_line_and_bars_stand_on_zero()
    {
        var gap = new Chart("", new("x"), new("y"), [new("s", [new(0, 1), new(1, 2), new(2, double.NaN), new(3, 1), new(4, 2)])]);
        Assert.Equal(2, XDocument.Parse(gap.ToSvg()).Descendants(Svg + "polyline").Count());
        var bars = new Chart("", new("", Labels: ["paper", "ours"]), new("y"), [new("a", [new(0, 10), new(1, 20)], ChartMark.Bars),
            new("b", [new(0, 5), new(1, -5)], ChartMark.Bars)]);
        XElement[] boxes = [.. XDocument.Parse(bars.ToSvg()).Descendants(Svg + "rect").Where(box => box.Parent!.Name == Svg + "g")];
        Assert.Equal(4, boxes.Length);
        double[] heights = [.. boxes.Select(box => Number(box, "height"))];
        Assert.Equal((2.0, 0.5, 0.5), (heights[1] / heights[0], heights[2] / heights[0], heights[3] / heights[0]), (a, b) =>
            Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 0.01);
        // A negative bar hangs from where the positive ones stand.
        Assert.Equal(Number(boxes[0], "y") + heights[0], Number(boxes[3], "y"), 0.02);
    }

    [Fact]
    public void The_png_shows_the_same_places_as_the_svg()
    {
        Chart chart = Accuracy();
        RgbImage image = chart.Draw(scale: 2);
        Assert.Equal((2 * chart.Width, 2 * chart.Height), (image.Width, image.Height));
        foreach (XElement disc in XDocument.Parse(chart.ToSvg()).Descendants(Svg + "circle"))
        {
            (byte red, byte green, byte blue) = HeatMapTests.Pixel(image, (int)(2 * Number(disc, "cx")), (int)(2 * Number(disc, "cy")));
            Assert.Equal(disc.Attribute("fill")!.Value, $"#{red:x2}{green:x2}{blue:x2}");
        }
    }

    [Theory]
    [InlineData(false, 0, 1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(false, 71.3, 86.9, "72 74 76 78 80 82 84 86")]
    [InlineData(false, -3, 12000, "0 2,000 4,000 6,000 8,000 10,000 12,000")]
    [InlineData(false, 0.001, 0.0031, "0.001 0.0015 0.002 0.0025 0.003")]
    [InlineData(true, 1, 900, "1 2 5 10 20 50 100 200 500")]
    [InlineData(true, 2, 3e6, "10 100 1,000 10,000 100,000 1e6")]
    public void Ticks_are_round_numbers(bool logarithmic, double least, double most, string labels)
    {
        var scale = new ChartScale(new("", logarithmic), [least, most], 0, 0, ownTicks: false);
        Assert.Equal(labels.Split(' '), scale.Ticks.Select(tick => tick.Label));
    }

    [Fact]
    public void Nothing_to_show_one_value_or_endless_names_are_no_trouble()
    {
        foreach (Chart chart in new Chart[]
        {
            new("", new(""), new(""), []), new("t", new("x"), new("y"), [new("s", [])]),
            new("t", new("x", true), new("y", true), [new("s", [new(3, 3)])]),
            new("t", new("x"), new("y"), [new("", [new(1, double.NaN)]), new(new string('w', 5000), [new(1, double.PositiveInfinity)])]),
        })
        {
            Assert.NotNull(XDocument.Parse(chart.ToSvg()).Root);
            Assert.Equal(chart.Width, chart.Draw(1).Width);
        }
        Assert.Throws<ArgumentException>(() => new Chart("", new("x", true), new("y"), [new("s", [new(0, 1)])]).ToSvg());
    }

    [Fact]
    public void The_name_decides_between_svg_and_png()
    {
        Accuracy().Save(Path.Combine(root, "new", "chart.svg"));
        Accuracy().Save(Path.Combine(root, "new", "chart.png"));
        Assert.Equal(Accuracy().ToSvg(), File.ReadAllText(Path.Combine(root, "new", "chart.svg")));
        Assert.Equal(Accuracy().Draw().Pixels, ImageDecoder.Decode(Path.Combine(root, "new", "chart.png")).Pixels);
    }

    private static Chart Accuracy() => new("Accuracy <by> texts & layer", new("Texts", Logarithmic: true), new("Top-1 (%)"),
    [
        new("feature", [new(4, 40), new(8, 52), new(16, 60), new(1024, 71)]), new("unit", [new(8, 45), new(16, 50)]),
        new("baseline", [new(4, 75)], ChartMark.Level),
    ]);

    private static bool Close((double, double) a, (double, double) b) =>
        Math.Abs(a.Item1 - b.Item1) < 0.02 && Math.Abs(a.Item2 - b.Item2) < 0.02;

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
