using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ClipLens.Files;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>A file in a zip archive.</summary>
/// <param name="Name">Its path in the archive.</param>
/// <param name="IsStored">Whether its bytes lie there as they are, not compressed.</param>
/// <param name="Offset">Where they begin, from the start of the archive.</param>
/// <param name="StoredBytes">How many bytes it has in the archive.</param>
/// <param name="Bytes">How many bytes it says to have when unpacked.</param>
/// <param name="Record">Where its record in the directory begins.</param>
/// <param name="Header">Where its own header begins.</param>
internal sealed record ZipEntry(string Name, bool IsStored, long Offset, long StoredBytes, long Bytes, long Record, long Header);

/// <summary>
/// The directory of a zip archive. Unlike .NET's own reader it tells where a stored file's bytes begin, so that they
/// are read in place, and it unpacks no more than it is told to.
/// </summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64LocatorSignature = 0x07064b50, End64Signature = 0x06064b50,
        EntrySignature = 0x02014b50, LocalSignature = 0x04034b50;

    // One for each tensor, and some more.
    private const int MostFiles = 1_000_000;

    /// <summary>The archive's files by name.</summary>
    /// <exception cref="ClipLensException">The archive is truncated, damaged or encrypted.</exception>
    public static Dictionary<string, ZipEntry> Read(FileBytes file)
    {
        var (count, position, end) = FindDirectory(file);
        var entries = new Dictionary<string, ZipEntry>();
        for (long i = 0; i < count; i++)
        {
            var (entry, next) = ReadEntry(file, position, end);
            if (!entries.TryAdd(entry.Name, entry)) throw Broken(file, $"names the file '{entry.Name}' twice");
            position = next;
        }
        return entries;
    }

    /// <summary>The bytes of a file in the archive.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="entry">The file in it.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <exception cref="ClipLensException">It has more, or not as many as it says.</exception>
    public static byte[] Unpack(FileBytes file, ZipEntry entry, int limit)
    {
        if (entry.Bytes > limit)
            throw new ClipLensException($"{file.Path} holds '{entry.Name}', which unpacks to {entry.Bytes} bytes, more than the {limit} "
                + "that any real file of this kind needs; save the model's state_dict() alone, or take the file from a source you trust.");
        if (entry.IsStored) return file.Read(entry.Offset, (int)entry.Bytes);
        // What is larger packed than it is to be is no packed file of this kind.
        if (entry.StoredBytes > (long)limit + 1024) throw Broken(file,
            $"has a compressed file '{entry.Name}' that is larger than what it holds");
        byte[] result = new byte[entry.Bytes];
        try
        {
            using var packed = new MemoryStream(file.Read(entry.Offset, (int)entry.StoredBytes));
            using var stream = new DeflateStream(packed, CompressionMode.Decompress);
            int read = stream.ReadAtLeast(result, result.Length, throwOnEndOfStream: false);
            if (read < result.Length || stream.ReadByte() >= 0) throw Broken(file,
                $"holds '{entry.Name}', which has another length than it says");
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new ClipLensException($"{file.Path} holds '{entry.Name}', which cannot be unpacked; get the file again.", error);
        }
        return result;
    }

    private static (long Count, long Start, long End) FindDirectory(FileBytes file)
    {
        // The end record is the last 22 bytes, unless a comment of at most 65,535 bytes follows it.
        for (long at = file.Length - 22; at >= Math.Max(0, file.Length - 22 - ushort.MaxValue); at--)
        {
            if (UInt(file, at) != EndSignature) continue;
            long count = UShort(file, at + 10), start = UInt(file, at + 16), size = UInt(file, at + 12);
            if (at >= 20 && UInt(file, at - 20) == End64LocatorSignature)
            {
                long end64 = Offset(file, at - 12);
                if (UInt(file, end64) != End64Signature) throw Broken(file, "has a damaged zip directory");
                (count, size, start) = (Offset(file, end64 + 32), Offset(file, end64 + 40), Offset(file, end64 + 48));
            }
            if (count > MostFiles) throw Broken(file, $"has a directory of {count} files, more than a checkpoint has");
            if (start > at || size > at - start || count > size / 46) throw Broken(file, "has a damaged zip directory");
            return (count, start, start + size);
        }
        throw Broken(file, "is a truncated zip archive: its directory is missing");
    }

    private static (ZipEntry Entry, long Next) ReadEntry(FileBytes file, long at, long end)
    {
        if (at > end - 46 || UInt(file, at) != EntrySignature) throw Broken(file, "has a damaged zip directory");
        int flags = UShort(file, at + 8), method = UShort(file, at + 10);
        long stored = UInt(file, at + 20), bytes = UInt(file, at + 24), local = UInt(file, at + 42);
        int nameLength = UShort(file, at + 28), extraLength = UShort(file, at + 30), commentLength = UShort(file, at + 32);
        long next = at + 46 + nameLength + extraLength + commentLength;
        if (next > end) throw Broken(file, "has a damaged zip directory");
        string name = Encoding.UTF8.GetString(file.Read(at + 46, nameLength));
        ReadZip64(file, at + 46 + nameLength, extraLength, ref bytes, ref stored, ref local);
        if ((flags & 1) != 0) throw Broken(file, $"holds '{name}' encrypted");
        if (method is not (0 or 8)) throw Broken(file, $"holds '{name}' in a compression that ClipLens does not know");
        if (local > file.Length - 30 || UInt(file, local) != LocalSignature) throw Broken(file, "has a damaged zip directory");
        long offset = local + 30 + UShort(file, local + 26) + UShort(file, local + 28);
        if (offset > file.Length || stored > file.Length - offset) throw Broken(file, $"ends before '{name}': it is truncated");
        if (method == 0 && stored != bytes) throw Broken(file, $"holds '{name}' with two different lengths");
        return (new ZipEntry(name, method == 0, offset, stored, bytes, at, local), next);
    }

    // Sizes and offsets beyond 4 GB stand in an extra field, those that need it in this order.
    private static void ReadZip64(FileBytes file, long at, int length, ref long bytes, ref long stored, ref long local)
    {
        long end = at + length;
        while (at <= end - 4)
        {
            int id = UShort(file, at), size = UShort(file, at + 2);
            at += 4;
            if (id == 1)
            {
                long fieldEnd = Math.Min(end, at + size);
                Take(ref bytes);
                Take(ref stored);
                Take(ref local);
                return;

                void Take(ref long value)
                {
                    if (value != uint.MaxValue || at > fieldEnd - 8) return;
                    value = Offset(file, at);
                    at += 8;
                }
            }
            at += size;
        }
    }

    private static int UShort(FileBytes file, long at) => BinaryPrimitives.ReadUInt16LittleEndian(Span(file, at, 2));

    private static long UInt(FileBytes file, long at) => BinaryPrimitives.ReadUInt32LittleEndian(Span(file, at, 4));

    private static long Offset(FileBytes file, long at)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(Span(file, at, 8));
        return value <= long.MaxValue ? (long)value : throw Broken(file, "has a damaged zip directory");
    }

    private static ReadOnlySpan<byte> Span(FileBytes file, long at, int count) =>
        at >= 0 && at <= file.Length - count ? file.Read(at, count) : throw Broken(file, "has a damaged zip directory");

    private static ClipLensException Broken(FileBytes file, string what) => new($"{file.Path} {what}; get the file again.");
}
