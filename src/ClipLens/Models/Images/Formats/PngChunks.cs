using System.Buffers.Binary;

namespace ClipLens.Models.Images.Formats;

/// <summary>Goes through the chunks of a PNG file in order.</summary>
internal ref struct PngChunks(ReadOnlySpan<byte> file)
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint c = (uint)n;
        for (int bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xedb88320 ^ c >> 1 : c >> 1;
        return c;
    })];

    private readonly ReadOnlySpan<byte> file = file;
    private int start;
    private long next = 8;

    /// <summary>The chunk's four letters.</summary>
    public readonly ReadOnlySpan<byte> Kind => file.Slice(start + 4, 4);

    /// <summary>The chunk's content, as far as the file has it.</summary>
    public readonly ReadOnlySpan<byte> Data => file.Slice(start + 8, (int)Math.Min(Length, file.Length - start - 8));

    /// <summary>Whether the chunk is there whole and its checksum is right.</summary>
    public readonly bool IsSound
    {
        get
        {
            if (start + 12 + Length > file.Length) return false;
            uint crc = uint.MaxValue;
            foreach (byte b in file.Slice(start + 4, (int)Length + 4)) crc = CrcTable[(byte)(crc ^ b)] ^ crc >> 8;
            return ~crc == BinaryPrimitives.ReadUInt32BigEndian(file[(start + 8 + (int)Length)..]);
        }
    }

    private readonly long Length => BinaryPrimitives.ReadUInt32BigEndian(file[start..]);

    /// <summary>Goes to the next chunk; false where there is none.</summary>
    public bool Next()
    {
        if (next > file.Length - 8) return false;
        start = (int)next;
        next = start + 12 + Length;
        return true;
    }
}
