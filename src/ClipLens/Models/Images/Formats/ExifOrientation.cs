using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace ClipLens.Models.Images.Formats;

/// <summary>
/// Finds the orientation where Pillow's <c>ImageOps.exif_transpose</c> does: in the EXIF data of JPEG, WebP and PNG files, the last also as
/// ImageMagick's raw profile or in XMP, as a number of any size.
/// </summary>
internal static class ExifOrientation
{
    private const int Tag = 0x0112;

    // EXIF data fit a segment of 64 kB; as digits they are twice as long.
    private const int LongestProfile = 1 << 18;

    private static ReadOnlySpan<byte> Mark => "Exif\0\0"u8;

    /// <summary>The orientation that a file's metadata tell; <see cref="SKEncodedOrigin.TopLeft"/> where they tell none.</summary>
    public static SKEncodedOrigin Read(ReadOnlySpan<byte> file)
    {
        int orientation = file is [0xff, 0xd8, ..] ? OfExif(InJpeg(file)) : PngReader.IsPng(file) ? InPng(file)
            : file.StartsWith("RIFF"u8) ? OfExif(InWebP(file)) : 1;
        return orientation is >= 1 and <= 8 ? (SKEncodedOrigin)orientation : SKEncodedOrigin.TopLeft;
    }

    private static ReadOnlySpan<byte> InJpeg(ReadOnlySpan<byte> file)
    {
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xff && file[at + 1] != 0xda;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) break;
            var segment = file.Slice(at + 4, length - 2);
            if (file[at + 1] == 0xe1 && segment.StartsWith(Mark[..5])) return segment;
            at += 2 + length;
        }
        return default;
    }

    private static ReadOnlySpan<byte> InWebP(ReadOnlySpan<byte> file)
    {
        for (long at = 12; at + 8 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[((int)at + 4)..]);
            if (at + 8 + length > file.Length) break;
            if (file[(int)at..].StartsWith("EXIF"u8)) return file.Slice((int)at + 8, (int)length);
            at += 8 + length + (length & 1);
        }
        return default;
    }

    private static int InPng(ReadOnlySpan<byte> file)
    {
        int exif = 0, profile = 0, xmp = 0;
        for (var chunks = new PngChunks(file); chunks.Next();)
        {
            if (chunks.Kind.SequenceEqual("eXIf"u8)) exif = OfExif(chunks.Data);
            else if (chunks.Kind.SequenceEqual("tEXt"u8) || chunks.Kind.SequenceEqual("zTXt"u8)) profile =
                Math.Max(profile, OfProfile(chunks.Data, chunks.Kind[0] == 'z'));
            else if (chunks.Kind.SequenceEqual("iTXt"u8) && chunks.Data.StartsWith("XML:com.adobe.xmp"u8)) xmp = OfXmp(chunks.Data);
        }
        return exif > 0 ? exif : profile > 0 ? profile : xmp;
    }

    /// <summary>ImageMagick's profile: a blank line, its name, its length, then digits of 16 in lines.</summary>
    private static int OfProfile(ReadOnlySpan<byte> chunk, bool isPacked)
    {
        if (!chunk.StartsWith("Raw profile type exif\0"u8)) return 0;
        ReadOnlySpan<byte> text = chunk[22..];
        if (isPacked) text = text.Length > 1 ? Unpack(text[1..]) : default;
        string[] lines = Encoding.Latin1.GetString(text[..Math.Min(text.Length, LongestProfile)]).Split('\n');
        try
        {
            return OfExif(Convert.FromHexString(string.Concat(lines.Skip(3)).Trim()));
        }
        catch (FormatException)
        {
            return 0;
        }
    }

    private static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        byte[] text = new byte[LongestProfile];
        try
        {
            using var stream = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            return text[..stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return [];
        }
    }

    private static int OfXmp(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOf("tiff:Orientation"u8);
        if (at < 0) return 0;
        var rest = text[(at + 16)..];
        rest = rest.StartsWith("=\""u8) ? rest[2..] : rest.StartsWith(">"u8) ? rest[1..] : default;
        return rest is [>= (byte)'1' and <= (byte)'8', ..] ? rest[0] - '0' : 0;
    }

    /// <summary>The tag of the first directory of EXIF data, with or without their mark; 0 where there is none.</summary>
    private static int OfExif(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith(Mark)) exif = exif[Mark.Length..];
        if (exif.Length < 10) return 0;
        bool isLittle = exif.StartsWith("II"u8);
        if (!isLittle && !exif.StartsWith("MM"u8)) return 0;
        long directory = UInt(exif, 4, 4, isLittle);
        if (directory > exif.Length - 2) return 0;
        long count = UInt(exif, (int)directory, 2, isLittle);
        for (long i = 0, at = directory + 2; i < count && at + 12 <= exif.Length; i++, at += 12)
        {
            if (UInt(exif, (int)at, 2, isLittle) != Tag) continue;
            int size = UInt(exif, (int)at + 2, 2, isLittle) switch { 1 or 6 => 1, 3 or 8 => 2, 4 or 9 => 4, _ => 0 };
            long value = size == 0 ? 0 : UInt(exif, (int)at + 8, size, isLittle);
            return value is >= 1 and <= 8 ? (int)value : 0;
        }
        return 0;
    }

    private static long UInt(ReadOnlySpan<byte> bytes, int at, int size, bool isLittle) => (size, isLittle) switch
    {
        (1, _) => bytes[at],
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
        (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]),
        _ => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
    };
}
