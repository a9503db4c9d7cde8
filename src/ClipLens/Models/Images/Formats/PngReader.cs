using System.Buffers.Binary;
using System.IO.Compression;

namespace ClipLens.Models.Images.Formats;

/// <summary>The samples of a PNG file as they are stored, before any palette or scaling.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Kind">The colour type: 0 grey, 2 RGB, 3 palette index, 4 grey and alpha, 6 RGB and alpha.</param>
/// <param name="Bytes">Row by row; a sample of up to 8 bits takes one byte, one of 16 bits two (high byte first).</param>
internal sealed record PngSamples(int Width, int Height, int Depth, int Kind, byte[] Bytes);

/// <summary>
/// Reads what Skia does not hand out: palette indices, the low bytes of 16-bit grey, data with a wrong checksum. Follows the PNG
/// specification (second edition): five filters, Adam7 interlacing; checksums of chunks are not compared.
/// </summary>
internal static class PngReader
{
    private static readonly (int X, int Y, int Dx, int Dy)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int Dx, int Dy)[] Whole = [(0, 0, 1, 1)];

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static bool IsPng(ReadOnlySpan<byte> file) => file.Length >= 33 && file.StartsWith(Signature) && file[12..].StartsWith("IHDR"u8);

    /// <summary>Whether the file is a PNG of 16-bit grey without alpha.</summary>
    public static bool IsGrey16(ReadOnlySpan<byte> file) => IsPng(file) && file[24] == 16 && file[25] == 0;

    /// <summary>Reads the samples.</summary>
    /// <exception cref="ClipLensException">The file is no PNG, is damaged or cut short, or is too large.</exception>
    public static PngSamples Read(ReadOnlySpan<byte> file, string name)
    {
        if (!IsPng(file)) throw new ClipLensException($"{name} is not a PNG file, or its beginning is damaged.");
        int width = BinaryPrimitives.ReadInt32BigEndian(file[16..]), height = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
        (int depth, int kind, int interlace) = (file[24], file[25], file[28]);
        int channels = kind switch { 0 or 3 => 1, 4 => 2, 2 => 3, 6 => 4, _ => 0 };
        if (width < 1 || height < 1 || channels == 0 || depth is not (1 or 2 or 4 or 8 or 16) || interlace > 1
            || (kind is 2 or 4 or 6 && depth < 8) || (kind == 3 && depth > 8)) throw Damaged(name);
        PixelLimit.Check(width, height, file.Length, name);
        int sampleBytes = depth == 16 ? 2 : 1;
        byte[] samples = new byte[checked(width * height * channels * sampleBytes)];
        using var zipped = new ZLibStream(new MemoryStream(CollectData(file)), CompressionMode.Decompress);
        try
        {
            foreach ((int x0, int y0, int dx, int dy) in interlace == 1 ? Adam7 : Whole)
            {
                (int w, int h) = ((width - x0 + dx - 1) / dx, (height - y0 + dy - 1) / dy);
                if (w <= 0 || h <= 0) continue;
                byte[] line = new byte[(w * channels * depth + 7) / 8], before = new byte[line.Length];
                for (int row = 0; row < h; row++, (line, before) = (before, line))
                {
                    ReadLine(zipped, line, before, Math.Max(1, channels * depth / 8), name);
                    int at = ((y0 + row * dy) * width + x0) * channels * sampleBytes;
                    Spread(line, w, depth, channels * sampleBytes, samples.AsSpan(at), dx * channels * sampleBytes);
                }
            }
        }
        catch (EndOfStreamException error)
        {
            throw new ClipLensException($"The image {name} is cut short; remove it or fetch it again.", error);
        }
        // Data that ask for a dictionary, too.
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new ClipLensException($"The image {name} is damaged; remove it or fetch it again.", error);
        }
        return new PngSamples(width, height, depth, kind, samples);
    }

    private static ClipLensException Damaged(string name) => new($"The image {name} is damaged; remove it or fetch it again.");

    /// <summary>The compressed data of all IDAT chunks, one after the other.</summary>
    private static byte[] CollectData(ReadOnlySpan<byte> file)
    {
        using var data = new MemoryStream();
        for (var chunks = new PngChunks(file); chunks.Next() && !chunks.Kind.SequenceEqual("IEND"u8);)
            if (chunks.Kind.SequenceEqual("IDAT"u8)) data.Write(chunks.Data);
        return data.ToArray();
    }

    /// <summary>Reads one line and undoes its filter, which looks back by <paramref name="step"/> bytes and to the line before.</summary>
    private static void ReadLine(Stream zipped, byte[] line, byte[] before, int step, string name)
    {
        int filter = zipped.ReadByte();
        if (filter < 0) throw new EndOfStreamException();
        if (filter > 4) throw Damaged(name);
        zipped.ReadExactly(line);
        if (filter == 0) return;
        for (int i = 0; i < line.Length; i++)
        {
            int left = i < step ? 0 : line[i - step], up = before[i], corner = i < step ? 0 : before[i - step];
            line[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int dLeft = Math.Abs(up - corner), dUp = Math.Abs(left - corner), dCorner = Math.Abs(left + up - 2 * corner);
        return dLeft <= dUp && dLeft <= dCorner ? left : dUp <= dCorner ? up : corner;
    }

    /// <summary>Puts the samples of a line of <paramref name="count"/> pixels to their places, <paramref name="apart"/> bytes
    /// apart.</summary>
    private static void Spread(byte[] line, int count, int depth, int pixelBytes, Span<byte> to, int apart)
    {
        if (depth >= 8)
        {
            for (int i = 0; i < count; i++) line.AsSpan(i * pixelBytes, pixelBytes).CopyTo(to[(i * apart)..]);
            return;
        }
        // Samples of less than a byte occur only alone in a pixel (grey or palette).
        int mask = (1 << depth) - 1, perByte = 8 / depth;
        for (int i = 0; i < count; i++) to[i * apart] = (byte)(line[i / perByte] >> (8 - depth * (i % perByte + 1)) & mask);
    }
}
