namespace ClipLens.Drawing;

/// <summary>Lays a chart out and draws it: title, axes with ticks, series, legend.</summary>
internal sealed class ChartPainter
{
    private const float TitleSize = 17, LabelSize = 13, TickSize = 12, Edge = 14, Dodge = 4;
    private const float LegendLine = 16, LegendMark = 22, LegendMost = 160;
    private const uint Ink = 0x222222, Faint = 0x666666, Grid = 0xe4e4e4, LevelInk = 0x444444;

    private readonly Chart chart;
    private readonly IChartSurface surface;
    private readonly ChartScale across, up;
    private readonly double barSlot;
    private readonly float left, top, right, bottom;

    public ChartPainter(Chart chart, IChartSurface surface)
    {
        (this.chart, this.surface) = (chart, surface);
        double[] places = [.. chart.Series.Where(series => series.Mark != ChartMark.Level || series.Points.Count > 1)
            .SelectMany(series => series.Points)
            .Select(point => point.X)];
        bool bars = chart.Series.Any(series => series.Mark == ChartMark.Bars);
        barSlot = bars ? NarrowestStep(places) : 0;
        IEnumerable<double> ends = bars ? places.SelectMany(x => new[] { x - barSlot / 2, x + barSlot / 2 }) : places;
        double[] heights = [.. chart.Series.SelectMany(Heights)];
        across = new ChartScale(chart.Horizontal, [.. ends], bars ? 0.01 : 0.04, bars ? 0.01 : 0.04, ownTicks: !bars);
        // Bars of positive values stand on the axis.
        up = new ChartScale(chart.Vertical, heights, bars && heights.All(height => !(height < 0)) ? 0 : 0.06, 0.06, ownTicks: false);
        float tickWidth = up.Ticks.Select(tick => Lettering.Width(tick.Label, TickSize)).DefaultIfEmpty(0).Max();
        left = Edge + (chart.Vertical.Title.Length > 0 ? LabelSize + 10 : 0) + tickWidth + 8;
        top = Edge + (chart.Title.Length > 0 ? TitleSize + 14 : 0);
        right = chart.Width - Edge - LegendWidth();
        bottom = chart.Height - Edge - TickSize - 8 - (chart.Horizontal.Title.Length > 0 ? LabelSize + 10 : 0);
    }

    public void Paint()
    {
        string title = Lettering.Fit(chart.Title, TitleSize, chart.Width - 2 * Edge, bold: true);
        surface.Text(title, Edge, Edge + TitleSize - 2, TitleSize, Ink, TextAnchor.Start, bold: true);
        PaintVerticalAxis();
        PaintHorizontalAxis();
        surface.Clip((left, top, right - left, bottom - top));
        int bar = 0;
        // Bars lie beneath lines.
        for (int i = 0; i < chart.Series.Count; i++)
            if (chart.Series[i].Mark == ChartMark.Bars) PaintBars(chart.Series[i], ColourOf(i), bar++);
        surface.Clip((left - 6, top - 6, right - left + 12, bottom - top + 12));
        for (int i = 0; i < chart.Series.Count; i++)
            if (chart.Series[i].Mark != ChartMark.Bars) PaintLine(chart.Series[i], ColourOf(i), Beside(i));
        surface.Clip(null);
        if (chart.Series.Count > 1) PaintLegend();
    }

    private uint ColourOf(int series) =>
        chart.Series[series].Mark == ChartMark.Level ? LevelInk : ColorMap.Series[series % ColorMap.Series.Length];

    /// <summary>How far a series is moved aside, so that error bars at the same place can be told apart.</summary>
    private float Beside(int series)
    {
        int[] barred = [.. Enumerable.Range(0, chart.Series.Count).Where(i => chart.Series[i].Mark is ChartMark.Line or ChartMark.Points
            && chart.Series[i].Points.Any(point => point.Low is not null))];
        int place = Array.IndexOf(barred, series);
        return place < 0 ? 0 : (place - (barred.Length - 1) / 2f) * Math.Min(Dodge, 20f / barred.Length);
    }

    private float X(double value) => left + (float)across.Share(value) * (right - left);

    private float Y(double value) => bottom - (float)up.Share(value) * (bottom - top);

    /// <summary>All that the vertical axis must reach for a series.</summary>
    private static IEnumerable<double> Heights(ChartSeries series)
    {
        IEnumerable<double> heights = series.Points.SelectMany(point => new[] { point.Y, point.Low ?? point.Y, point.High ?? point.Y });
        return series.Mark == ChartMark.Bars ? heights.Append(0) : heights;
    }

    private static double NarrowestStep(double[] places)
    {
        double[] sorted = [.. places.Distinct().Order()];
        return sorted.Length < 2 ? 1 : sorted.Zip(sorted.Skip(1), (a, b) => b - a).Min();
    }

    private float LegendWidth() => chart.Series.Count < 2 ? 6
        : LegendMark + 26 + chart.Series.SelectMany(series => LegendName(series)).Max(line => Lettering.Width(line, TickSize));

    private static List<string> LegendName(ChartSeries series) =>
        Lettering.Wrap(series.Name.Length > 0 ? series.Name : "-", TickSize, LegendMost, 3);

    private void PaintVerticalAxis()
    {
        foreach ((double value, string label) in up.Ticks)
        {
            surface.Line(left, Y(value), right, Y(value), Grid, 1);
            surface.Text(label, left - 8, Y(value) + TickSize * 0.36f, TickSize, Faint, TextAnchor.End);
        }
        string title = Lettering.Fit(chart.Vertical.Title, LabelSize, bottom - top);
        surface.Text(title, Edge + LabelSize - 2, (top + bottom) / 2, LabelSize, Ink, TextAnchor.Middle, upright: true);
    }

    private void PaintHorizontalAxis()
    {
        surface.Line(left, bottom, right, bottom, Faint, 1);
        float free = float.NegativeInfinity;
        foreach ((double value, string label) in across.Ticks)
        {
            float x = X(value), half = Lettering.Width(label, TickSize) / 2;
            surface.Line(x, bottom, x, bottom + 4, Faint, 1);
            // A label that would touch the one before is left out; its tick stays.
            if (x - half < free) continue;
            surface.Text(label, x, bottom + 8 + TickSize, TickSize, Faint, TextAnchor.Middle);
            free = x + half + 6;
        }
        string title = Lettering.Fit(chart.Horizontal.Title, LabelSize, right - left);
        surface.Text(title, (left + right) / 2, chart.Height - Edge + 2, LabelSize, Ink, TextAnchor.Middle);
    }

    private void PaintLine(ChartSeries series, uint colour, float beside)
    {
        if (series is { Mark: ChartMark.Level, Points: [var only] })
        {
            surface.Path([(left, Y(only.Y)), (right, Y(only.Y))], colour, 2, dashed: true);
            return;
        }
        foreach (ChartPoint point in series.Points) PaintError(point, X(point.X) + beside, colour);
        List<(float, float)> run = [];
        foreach (ChartPoint point in series.Points.Append(new ChartPoint(0, double.NaN)))
        {
            if (double.IsFinite(point.Y)) run.Add((X(point.X) + beside, Y(point.Y)));
            else
            {
                if (run.Count > 1 && series.Mark != ChartMark.Points) surface.Path(run, colour, 2, series.Mark == ChartMark.Level);
                run = [];
            }
        }
        if (series.Mark == ChartMark.Level) return;
        foreach (ChartPoint point in series.Points)
            if (double.IsFinite(point.Y)) surface.Disc(X(point.X) + beside, Y(point.Y), 3.5f, colour);
    }

    private void PaintBars(ChartSeries series, uint colour, int index)
    {
        int groups = chart.Series.Count(other => other.Mark == ChartMark.Bars);
        foreach (ChartPoint point in series.Points)
        {
            if (!double.IsFinite(point.Y)) continue;
            double share = groups == 1 && chart.Horizontal.Labels is null ? 1 : 0.8, width = barSlot * share / groups;
            double start = point.X - barSlot * share / 2 + index * width;
            (float x0, float x1, float y0, float y1) = (X(start), X(start + width), Y(0), Y(point.Y));
            surface.Box(x0 + 0.5f, Math.Min(y0, y1), Math.Max(1, x1 - x0 - 1), Math.Abs(y1 - y0), colour);
            PaintError(point, (x0 + x1) / 2, 0x333333);
        }
    }

    private void PaintError(ChartPoint point, float x, uint colour)
    {
        if (point.Low is not { } low || point.High is not { } high || !double.IsFinite(low + high)) return;
        surface.Line(x, Y(low), x, Y(high), colour, 1.2f);
        surface.Line(x - 4, Y(low), x + 4, Y(low), colour, 1.2f);
        surface.Line(x - 4, Y(high), x + 4, Y(high), colour, 1.2f);
    }

    private void PaintLegend()
    {
        float x = right + 18, y = top + 8;
        for (int i = 0; i < chart.Series.Count; i++, y += 6)
        {
            ChartSeries series = chart.Series[i];
            if (series.Mark == ChartMark.Bars) surface.Box(x + 5, y - 6, 12, 12, ColourOf(i));
            if (series.Mark is ChartMark.Line or ChartMark.Level)
                surface.Path([(x, y), (x + LegendMark, y)], ColourOf(i), 2, dashed: series.Mark == ChartMark.Level);
            if (series.Mark is ChartMark.Line or ChartMark.Points) surface.Disc(x + LegendMark / 2, y, 3.5f, ColourOf(i));
            foreach (string line in LegendName(series))
            {
                surface.Text(line, x + LegendMark + 8, y + TickSize * 0.36f, TickSize, Ink, TextAnchor.Start);
                y += LegendLine;
            }
        }
    }
}
