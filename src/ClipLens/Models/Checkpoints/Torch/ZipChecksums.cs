using System.Buffers.Binary;
using ClipLens.Files;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>The checksums of an archive whose stored files were changed in place.</summary>
internal static class ZipChecksums
{
    private const uint DescriptorSignature = 0x08074b50;
    private const int HasDescriptor = 1 << 3;
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    /// <summary>Where the checksum of a file in an archive stands: in the directory, and in its header or behind its bytes.</summary>
    public static IEnumerable<long> PlacesOf(FileBytes archive, ZipEntry entry)
    {
        yield return entry.Record + 16;
        if ((BinaryPrimitives.ReadUInt16LittleEndian(archive.Read(entry.Header + 6, 2)) & HasDescriptor) == 0)
        {
            yield return entry.Header + 14;
            yield break;
        }
        long end = entry.Offset + entry.StoredBytes;
        bool isSigned = BinaryPrimitives.ReadUInt32LittleEndian(archive.Read(end, 4)) == DescriptorSignature;
        yield return isSigned ? end + 4 : end;
    }

    /// <summary>The checksum (CRC-32) of a stored file's bytes as they are now.</summary>
    public static byte[] Compute(FileBytes archive, ZipEntry entry)
    {
        uint crc = uint.MaxValue;
        byte[] buffer = new byte[1 << 20];
        for (long done = 0; done < entry.StoredBytes; done += buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.StoredBytes - done));
            archive.CopyTo(entry.Offset + done, piece);
            foreach (byte value in piece) crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        }
        byte[] result = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(result, ~crc);
        return result;
    }

    private static uint Entry(int index)
    {
        uint value = (uint)index;
        for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        return value;
    }
}
