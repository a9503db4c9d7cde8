using System.Buffers;
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
        Converters = { new FiniteNumber() },
    };

    /// <summary>The script that delivers the value under its name.</summary>
    public static SiteFile Put<T>(string name, T value) => Script("put", name, value);

    /// <summary>The script that says why there is no such value.</summary>
    public static SiteFile Fail(string name, string sentence) => Script("fail", name, sentence);

    /// <summary>A number with as many digits as a page shows; null where it is none.</summary>
    public static double? Number(double value, int digits = 4) => double.IsFinite(value) ? Math.Round(value, digits) : null;

    private static SiteFile Script<T>(string call, string name, T value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(Encoding.UTF8.GetBytes($"ClipLens.{call}({JsonSerializer.Serialize(name, Json)},"));
        using (var writer = new Utf8JsonWriter(bytes)) JsonSerializer.Serialize(writer, value, Json);
        bytes.Write(");\n"u8);
        return new(bytes.WrittenSpan.ToArray(), "text/javascript; charset=utf-8");
    }

    /// <summary>JSON has no infinite numbers, but 1e999 in a file is read as one.</summary>
    private sealed class FiniteNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }
}
