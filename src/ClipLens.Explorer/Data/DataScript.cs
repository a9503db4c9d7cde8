using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ClipLens.Explorer.Data;

/// <summary>
/// Data as a script that hands them to the pages: a page that is opened from disk may load scripts, but fetch nothing. The encoder
/// escapes every character that means something to a page or a script.
/// </summary>
internal static class DataScript
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The script that delivers the value under its name.</summary>
    public static SiteFile Put<T>(string name, T value) => Script("put", name, JsonSerializer.Serialize(value, Json));

    /// <summary>The script that says why there is no such value.</summary>
    public static SiteFile Fail(string name, string sentence) => Script("fail", name, JsonSerializer.Serialize(sentence, Json));

    /// <summary>A number with as many digits as a page shows; null where it is none.</summary>
    public static double? Number(double value, int digits = 4) => double.IsFinite(value) ? Math.Round(value, digits) : null;

    private static SiteFile Script(string call, string name, string value) =>
        new(Encoding.UTF8.GetBytes($"ClipLens.{call}({JsonSerializer.Serialize(name, Json)},{value});\n"), "text/javascript; charset=utf-8");
}
