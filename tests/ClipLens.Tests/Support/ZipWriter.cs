using System.IO.Compression;
using System.Text;

namespace ClipLens.Tests.Support;

/// <summary>Writes zip archives by hand: stored as PyTorch does, compressed, or with lies in the directory.</summary>
internal sealed class ZipWriter
{
    private readonly List<byte> bytes = [];
    private readonly List<(string Name, int Method, uint Stored, uint Bytes, uint Offset)> entries = [];

    public ZipWriter Store(string name, byte[] bytes) => Add(name, 0, bytes, (uint)bytes.Length);

    public ZipWriter Compress(string name, byte[] bytes, uint? declaredBytes = null)
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal)) deflate.Write(bytes);
        return Add(name, 8, packed.ToArray(), declaredBytes ?? (uint)bytes.Length);
    }

    /// <summary>The archive.</summary>
    /// <param name="isLarge">Whether its sizes and offsets stand in 8 bytes, as in archives of more than 4 GB.</param>
    public byte[] Finish(bool isLarge = false)
    {
        uint start = (uint)bytes.Count;
        foreach (var (name, method, stored, bytes, offset) in entries)
        {
            UInts(0x02014b50).Shorts(20, 20, 0x800, method).UInts(0, 0, isLarge ? uint.MaxValue : stored, isLarge ? uint.MaxValue : bytes);
            Shorts(Encoding.UTF8.GetByteCount(name), isLarge ? 34 : 0, 0, 0, 0).UInts(0, isLarge ? uint.MaxValue : offset);
            this.bytes.AddRange(Encoding.UTF8.GetBytes(name));
            // Another field comes first, to be passed over.
            if (isLarge) Shorts(0x5455, 2, 7, 1, 24).UInts(bytes, 0, stored, 0, offset, 0);
        }
        uint size = (uint)bytes.Count - start;
        if (isLarge)
        {
            uint end = (uint)bytes.Count;
            UInts(0x06064b50, 44, 0).Shorts(45, 45).UInts(0, 0, (uint)entries.Count, 0, (uint)entries.Count, 0, size, 0, start, 0);
            UInts(0x07064b50, 0, end, 0, 1);
        }
        int count = isLarge ? ushort.MaxValue : entries.Count;
        UInts(0x06054b50, 0).Shorts(count, count).UInts(isLarge ? uint.MaxValue : size, isLarge ? uint.MaxValue : start).Shorts(0);
        return [.. bytes];
    }

    private ZipWriter Add(string name, int method, byte[] content, uint declaredBytes)
    {
        entries.Add((name, method, (uint)content.Length, declaredBytes, (uint)bytes.Count));
        // PyTorch fills the extra field so that the content begins at a multiple of 64.
        int nameLength = Encoding.UTF8.GetByteCount(name), extra = 64 - (bytes.Count + 30 + nameLength) % 64;
        UInts(0x04034b50).Shorts(20, 0x800, method).UInts(0, 0, (uint)content.Length, declaredBytes).Shorts(nameLength, extra);
        bytes.AddRange(Encoding.UTF8.GetBytes(name));
        bytes.AddRange(new byte[extra]);
        bytes.AddRange(content);
        return this;
    }

    private ZipWriter Shorts(params ReadOnlySpan<int> values)
    {
        foreach (int value in values) bytes.AddRange(BitConverter.GetBytes((ushort)value));
        return this;
    }

    private ZipWriter UInts(params ReadOnlySpan<uint> values)
    {
        foreach (uint value in values) bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }
}
