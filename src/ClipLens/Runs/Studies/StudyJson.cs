using System.Text.Json.Nodes;
using ClipLens.Statistics;
using static ClipLens.Files.JsonFile;

namespace ClipLens.Runs.Studies;

/// <summary>Statistics as the files of the studies write them.</summary>
internal static class StudyJson
{
    public static JsonArray Interval(Interval interval) => [Number(interval.Low), Number(interval.High)];

    /// <summary>A distribution; null of no values.</summary>
    public static JsonObject? Distribution(IEnumerable<double> values) => Quantiles.Describe(values) is not { } own ? null : new()
    {
        ["count"] = own.Count,
        ["mean"] = Number(own.Mean),
        ["q10"] = Number(own.Tenth),
        ["q25"] = Number(own.Quarter),
        ["median"] = Number(own.Median),
        ["q75"] = Number(own.ThreeQuarters),
        ["q90"] = Number(own.Ninetieth),
    };
}
