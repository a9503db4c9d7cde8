using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace ClipLens.Files;

/// <summary>What a tensor of a file to write is: its name, element type and shape.</summary>
internal sealed record SafeTensorSpec(string Name, ElementType Type, params IReadOnlyList<long> Shape);

/// <summary>
/// Writes a safetensors file piece by piece, so that a big one never lies in memory: the tensors are announced first, then the bytes of
/// each come from its first value to its last, those of several tensors in any order. The same values give the same bytes. Until
/// <see cref="Complete"/> the file has another name, so that a reader never meets half of it; without that call nothing is left.
/// </summary>
public sealed class SafeTensorsWriter : IDisposable
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string path;
    private readonly Dictionary<string, Place> places = [];
    private FileStream? stream;

    private SafeTensorsWriter(string path, IReadOnlyList<SafeTensorSpec> tensors, long position)
    {
        this.path = path;
        foreach (var tensor in tensors)
        {
            places.Add(tensor.Name, new Place(tensor.Type) { Next = position, End = position + Bytes(tensor) });
            position += Bytes(tensor);
        }
    }

    /// <summary>Begins a file with these tensors, stored in this order.</summary>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    internal static SafeTensorsWriter Create(string path, IReadOnlyList<SafeTensorSpec> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (Directory.Exists(path)) throw new ClipLensException($"{path} could not be written: it is a folder; give the name of a file.");
        byte[] header = Header(tensors, metadata);
        var writer = new SafeTensorsWriter(path, tensors, sizeof(long) + header.Length);
        writer.Guard(() =>
        {
            writer.stream = new FileStream(FileErrors.PartialPath(path), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            writer.stream.Write(length);
            writer.stream.Write(header);
        });
        return writer;
    }

    /// <summary>Writes a whole file from tensors and arrays.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="tensors">What it holds, in this order.</param>
    /// <param name="metadata">Strings by name, stored beside the tensors.</param>
    /// <exception cref="ClipLensException">The file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Save(string path, IReadOnlyList<SafeTensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Save(path, tensors, metadata, waitForDisk: true);

    /// <summary>The same; without waiting, a power failure may leave less.</summary>
    internal static void Save(string path, IReadOnlyList<SafeTensorData> tensors, IReadOnlyDictionary<string, string>? metadata,
        bool waitForDisk)
    {
        using var writer = Create(path, [.. tensors.Select(tensor => tensor.Spec)], metadata);
        foreach (var tensor in tensors) tensor.WriteTo(writer);
        writer.Complete(waitForDisk);
    }

    /// <summary>Writes the next values of a tensor, row-major.</summary>
    internal void Write<T>(string name, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (values.IsEmpty) return;
        var place = PlaceOf(name);
        CheckType(name, place, place.Type == ElementTypes.For<T>());
        WriteBytes(name, place, MemoryMarshal.AsBytes(values));
    }

    /// <summary>Writes the next values of a tensor from a torch tensor of the announced type.</summary>
    internal void Write(string name, Tensor values)
    {
        if (values.numel() == 0) return;
        var place = PlaceOf(name);
        CheckType(name, place, place.Type.Torch() == values.dtype);
        TensorBytes.ForEachPiece(values, bytes => WriteBytes(name, place, bytes));
    }

    /// <summary>Gives the file its name. Every announced value must have been written.</summary>
    internal void Complete(bool waitForDisk = true)
    {
        if (stream is null) throw new InvalidOperationException($"{path} was already completed.");
        foreach (var (name, place) in places.Where(pair => pair.Value.Next < pair.Value.End))
            throw new InvalidOperationException($"The tensor '{name}' of {path} is not whole: {place.End - place.Next} bytes are missing.");
        Guard(() =>
        {
            stream.Flush(flushToDisk: waitForDisk);
            stream.Dispose();
            stream = null;
            File.Move(FileErrors.PartialPath(path), path, overwrite: true);
        });
    }

    /// <summary>Throws a file away that was not completed.</summary>
    public void Dispose()
    {
        if (stream is null) return;
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // What could not be flushed to a full disk is thrown away here.
        }
        stream = null;
        File.Delete(FileErrors.PartialPath(path));
    }

    private Place PlaceOf(string name) => places.TryGetValue(name, out var place) ? place
        : throw new InvalidOperationException($"The tensor '{name}' of {path} was not announced.");

    private static void CheckType(string name, Place place, bool isOfItsType)
    {
        if (!isOfItsType) throw new InvalidOperationException($"The tensor '{name}' was announced as {place.Type}.");
    }

    private void WriteBytes(string name, Place place, ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(stream is null, this);
        if (bytes.Length > place.End - place.Next) throw new InvalidOperationException($"More values than announced for '{name}' of "
            + $"{path}.");
        try
        {
            // A seek empties the stream's buffer, so it is left out while one tensor is written on.
            if (stream.Position != place.Next) stream.Position = place.Next;
            stream.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotWrite(path, error);
        }
        place.Next += bytes.Length;
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotWrite(path, error);
        }
    }

    private static long Bytes(SafeTensorSpec tensor) => checked(TensorBytes.Count(tensor.Shape) * tensor.Type.Size());

    private static byte[] Header(IReadOnlyList<SafeTensorSpec> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            long position = 0;
            foreach (var tensor in tensors) position = WriteEntry(json, tensor, position);
            json.WriteEndObject();
        }
        // The tensors begin at a multiple of 8 bytes, so that mapped values are aligned.
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (name, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static long WriteEntry(Utf8JsonWriter json, SafeTensorSpec tensor, long position)
    {
        long end = position + Bytes(tensor);
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.SafeTensorsName());
        json.WriteStartArray("shape");
        foreach (long side in tensor.Shape) json.WriteNumberValue(side);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(position);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }

    /// <summary>Where a tensor's next bytes go, and where its last one lies.</summary>
    private sealed class Place(ElementType type)
    {
        public ElementType Type { get; } = type;

        public long Next { get; set; }

        public long End { get; init; }
    }
}
