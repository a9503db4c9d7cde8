using ClipLens.Drawing;

namespace ClipLens.Discovery;

/// <summary>Where a map is hottest, in words.</summary>
internal static class ConceptPlace
{
    /// <summary>The middle of a map's positive heat: "top left", "middle"; empty where there is none.</summary>
    public static string Describe(HeatMap map)
    {
        double sum = 0, row = 0, column = 0;
        for (int i = 0; i < map.Values.Count; i++)
        {
            double heat = Math.Max(0, map.Values[i]);
            (sum, row, column) = (sum + heat, row + heat * (i / map.Columns + 0.5), column + heat * (i % map.Columns + 0.5));
        }
        if (sum == 0) return "";
        string vertical = Third(row / sum / map.Rows, "top", "bottom"), horizontal = Third(column / sum / map.Columns, "left", "right");
        return (vertical, horizontal) switch
        {
            ("", "") => "middle",
            ("", _) => horizontal,
            (_, "") => vertical,
            _ =>
            $"{vertical} {horizontal}"
        };
    }

    /// <summary>The middle of a heat spread over an image moves little, so the middle third is narrow.</summary>
    private static string Third(double place, string low, string high) => place < 0.42 ? low : place > 0.58 ? high : "";
}
