using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace ClipLens.Files;

/// <summary>Reads and checks the header of a safetensors file: 8 bytes of length, then JSON, then the tensors' bytes without
/// gaps.</summary>
internal static class SafeTensorsHeader
{
    // A tensor takes some 150 bytes of it, and the largest models have some thousand; the format's own library allows 100 MB, which would
    // become 2 GB of objects here.
    private const long MaximumLength = 16 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The tensors in the order of their bytes, and the metadata.</summary>
    /// <exception cref="ClipLensException">The file is not a whole and consistent safetensors file.</exception>
    public static (List<SafeTensorEntry> Tensors, Dictionary<string, string> Metadata) Read(FileBytes file)
    {
        if (file.Length < 8) throw Broken(file, $"is only {file.Length} bytes long, too short for a safetensors file");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file.Read(0, 8));
        if (length > (ulong)(file.Length - 8))
            throw Broken(file, $"says that its header has {length} bytes, but only {file.Length - 8} follow: it is truncated or no "
            + "safetensors file");
        if (length > MaximumLength) throw Broken(file, $"has a header of {length} bytes, more than the {MaximumLength} that the tensors "
            + "of a model need");
        using var json = ParseJson(file, (int)length);
        try
        {
            return Read(file, json.RootElement, 8 + (long)length);
        }
        catch (InvalidOperationException error)
        {
            // Half of a surrogate pair is valid JSON, but no text.
            throw Broken(file, "has a safetensors header with a name that is no text", error);
        }
    }

    private static (List<SafeTensorEntry> Tensors, Dictionary<string, string> Metadata) Read(FileBytes file, JsonElement root,
        long dataStart)
    {
        var metadata = new Dictionary<string, string>();
        var tensors = new List<SafeTensorEntry>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__") ReadMetadata(file, property.Value, metadata);
            else tensors.Add(ReadEntry(file, property.Name, property.Value, dataStart));
        }
        CheckLayout(file, tensors, dataStart);
        return (tensors, metadata);
    }

    private static JsonDocument ParseJson(FileBytes file, int length)
    {
        try
        {
            byte[] text = file.Read(8, length);
            _ = StrictUtf8.GetCharCount(text);
            var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json;
            json.Dispose();
            throw Broken(file, "has a safetensors header that is not a JSON object");
        }
        catch (DecoderFallbackException error)
        {
            throw Broken(file, "has a safetensors header that is not UTF-8", error);
        }
        catch (JsonException error) when (error.Message.Contains("uplicate", StringComparison.Ordinal))
        {
            throw Broken(file, "has a safetensors header that names a tensor twice", error);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            throw Broken(file, "has a safetensors header that is not valid JSON", error);
        }
    }

    private static void ReadMetadata(FileBytes file, JsonElement value, Dictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Broken(file, "has safetensors metadata that is not a JSON object");
        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String || Text(property.Value) is not { } text)
                throw Broken(file, $"has safetensors metadata '{property.Name}' that is not a string");
            metadata[property.Name] = text;
        }
    }

    private static SafeTensorEntry ReadEntry(FileBytes file, string name, JsonElement value, long dataStart)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Broken(file,
            $"describes the tensor '{name}' by something that is not a JSON object");
        if (!value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String || Text(dtype) is not { } typeName)
            throw Broken(file, $"has no dtype for the tensor '{name}'");
        if (ElementTypes.FromSafeTensorsName(typeName) is not { } type)
            throw new ClipLensException($"{file.Path} has the tensor '{name}' with the dtype '{typeName}', which ClipLens does not read; "
                + "save the weights as float32, float16 or bfloat16.");
        if (Longs(value, "shape") is not { } shape) throw Broken(file, $"has no valid shape for the tensor '{name}'");
        if (Longs(value, "data_offsets") is not [var begin, var end] || end < begin)
            throw Broken(file, $"has no valid data_offsets for the tensor '{name}'");
        if (end > file.Length - dataStart)
            throw Broken(file, $"ends before the tensor '{name}': it is truncated");
        if (Bytes(shape, type) is not { } bytes || bytes != end - begin)
            throw Broken(file, $"gives the tensor '{name}' {end - begin} bytes, which do not fit {typeName} and the shape "
            + $"{SafeTensorEntry.ShapeOf(shape)}");
        return new SafeTensorEntry(name, type, shape, dataStart + begin, bytes);
    }

    private static void CheckLayout(FileBytes file, List<SafeTensorEntry> tensors, long dataStart)
    {
        // Tensors without elements may share an offset with the next one.
        tensors.Sort((a, b) => (a.Offset, a.Bytes, a.Name).CompareTo((b.Offset, b.Bytes, b.Name)));
        long position = dataStart;
        SafeTensorEntry? previous = null;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset < position) throw Broken(file, $"has the tensors '{previous!.Name}' and '{tensor.Name}' overlapping");
            if (tensor.Offset > position) throw Broken(file, $"has a gap before the tensor '{tensor.Name}'");
            position += tensor.Bytes;
            previous = tensor;
        }
        if (position != file.Length) throw Broken(file, $"has {file.Length - position} bytes after the last tensor");
    }

    private static long? Bytes(long[] shape, ElementType type)
    {
        try
        {
            return checked(TensorBytes.Count(shape) * type.Size());
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static long[]? Longs(JsonElement value, string name)
    {
        if (!value.TryGetProperty(name, out var array) || array.ValueKind != JsonValueKind.Array) return null;
        var result = new long[array.GetArrayLength()];
        int i = 0;
        foreach (var item in array.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out result[i++]) || result[i - 1] < 0) return null;
        return result;
    }

    // A string with half of a surrogate pair is valid JSON and no text.
    private static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static ClipLensException Broken(FileBytes file, string what, Exception? inner = null) => inner is null
        ? new ClipLensException($"{file.Path} {what}; get the file again.")
        : new ClipLensException($"{file.Path} {what}; get the file again.", inner);
}
