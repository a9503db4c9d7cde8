using System.Globalization;

namespace ClipLens.Drawing;

/// <summary>An axis with its range and its ticks.</summary>
internal sealed class ChartScale
{
    private readonly double low, high;
    private readonly bool logarithmic;

    /// <param name="axis">What is asked for.</param>
    /// <param name="values">All values along it.</param>
    /// <param name="padLow">Share of the range that stays free at the beginning, if that was not asked for.</param>
    /// <param name="padHigh">The same at the end.</param>
    /// <param name="ownTicks">Whether ticks sit at the values themselves where these are few.</param>
    public ChartScale(ChartAxis axis, IReadOnlyCollection<double> values, double padLow, double padHigh, bool ownTicks)
    {
        logarithmic = axis.Logarithmic;
        double[] finite = [.. values.Where(double.IsFinite).Distinct().Order()];
        if (logarithmic && (finite.Any(value => value <= 0) || axis.Least <= 0))
            throw new ArgumentException($"The axis '{axis.Title}' is logarithmic and takes only values above zero.", nameof(values));
        double least = axis.Least ?? finite.FirstOrDefault(logarithmic ? 1 : 0), most = axis.Most ?? finite.LastOrDefault(1);
        if (most <= least) (least, most) = logarithmic ? (least / 2, least * 2) : (least - 0.5, least + 0.5);
        double range = Map(most) - Map(least);
        (low, high) = (Map(least) - (axis.Least is null ? range * padLow : 0), Map(most) + (axis.Most is null ? range * padHigh : 0));
        double[] ticks = ownTicks && finite.Length is > 0 and <= 16 ? finite : logarithmic ? Powers() : Steps();
        if (axis.Labels is { } labels) Ticks = [.. labels.Select((label, i) => ((double)i, label)).Where(tick => Within(tick.Item1))];
        else Ticks = [.. ticks.Where(Within).Select(tick => (tick, Label(tick)))];
    }

    /// <summary>Values that are marked, with their labels, ascending.</summary>
    public IReadOnlyList<(double Value, string Label)> Ticks { get; }

    /// <summary>Where a value lies, 0 at the beginning of the axis and 1 at its end.</summary>
    public double Share(double value) => (Map(value) - low) / (high - low);

    private bool Within(double value) => Share(value) is > -1e-9 and < 1 + 1e-9;

    private static string Label(double tick) =>
        tick.ToString(Math.Abs(tick) >= 1e6 ? "0.##e0" : "#,0.######", CultureInfo.InvariantCulture);

    private double Map(double value) => logarithmic ? Math.Log10(value) : value;

    /// <summary>Multiples of 1, 2 or 5 times a power of ten, some five of them.</summary>
    private double[] Steps()
    {
        double rough = (high - low) / 5, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
        long first = (long)Math.Ceiling(low / step - 1e-9), last = (long)Math.Floor(high / step + 1e-9);
        // 3 x 0.1 is 0.30000000000000004, which nobody wants to read.
        IEnumerable<double> ticks = Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step);
        return [.. step < 1 ? ticks.Select(tick => Math.Round(tick, 12)) : ticks];
    }

    /// <summary>Powers of ten; also their doubles and fives where there would be fewer than three.</summary>
    private double[] Powers()
    {
        int first = (int)Math.Floor(low), last = (int)Math.Ceiling(high);
        double[] factors = high - low < 3 ? [1, 2, 5] : [1];
        return [.. Enumerable.Range(first, last - first + 1).SelectMany(power => factors.Select(factor => factor * Math.Pow(10, power)))];
    }
}
