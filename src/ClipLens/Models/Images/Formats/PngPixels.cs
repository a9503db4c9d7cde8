using System.Buffers.Binary;

namespace ClipLens.Models.Images.Formats;

/// <summary>
/// PNG images as Pillow's <c>convert("RGB")</c> has them where Skia differs or gives up: palettes (Pillow's begins as a ramp of grey, of
/// which a file overwrites as many entries as it brings, the last list of several counting), and image data with a wrong checksum, which
/// Pillow does not compare.
/// </summary>
internal static unsafe class PngPixels
{
    /// <summary>Whether a PNG has a palette.</summary>
    public static bool HasPalette(ReadOnlySpan<byte> file) => PngReader.IsPng(file) && file[25] == 3;

    /// <summary>Reads the image.</summary>
    /// <exception cref="ClipLensException">It is damaged or cut short, or Pillow refuses it for a wrong checksum before the image
    /// data.</exception>
    public static void Read(ReadOnlySpan<byte> file, string name, RgbaBuffer into)
    {
        CheckHead(file, name);
        PngSamples png = PngReader.Read(file, name);
        byte[] palette = png.Kind == 3 ? Palette(file) : [];
        into.Resize(png.Width, png.Height);
        int channels = png.Kind switch { 4 => 2, 2 => 3, 6 => 4, _ => 1 }, bytes = png.Depth == 16 ? 2 : 1, step = channels * bytes;
        // Grey of less than 8 bits is spread over the whole range.
        int scale = png.Kind == 0 && png.Depth < 8 ? 255 / ((1 << png.Depth) - 1) : 1;
        byte* to = into.Data;
        for (int i = 0, at = 0; i < png.Width * png.Height; i++, at += step, to += 4)
        {
            if (png.Kind == 3) palette.AsSpan(3 * png.Bytes[at], 3).CopyTo(new Span<byte>(to, 3));
            else if (channels >= 3) (to[0], to[1], to[2]) = (png.Bytes[at], png.Bytes[at + bytes], png.Bytes[at + 2 * bytes]);
            else to[0] = to[1] = to[2] = (byte)(png is { Kind: 0, Depth: 16 }
                ? Math.Min(BinaryPrimitives.ReadUInt16BigEndian(png.Bytes.AsSpan(at)), (ushort)255) : png.Bytes[at] * scale);
            to[3] = 255;
        }
    }

    private static void CheckHead(ReadOnlySpan<byte> file, string name)
    {
        for (var chunks = new PngChunks(file); chunks.Next();)
        {
            if (chunks.Kind.SequenceEqual("IDAT"u8)) return;
            if (!chunks.IsSound) throw new ClipLensException($"The image {name} is damaged: a checksum in its head is wrong; remove it "
                + "or fetch it again.");
        }
    }

    private static byte[] Palette(ReadOnlySpan<byte> file)
    {
        byte[] palette = [.. Enumerable.Range(0, 3 * 256).Select(i => (byte)(i / 3))];
        ReadOnlySpan<byte> given = default;
        for (var chunks = new PngChunks(file); chunks.Next() && !chunks.Kind.SequenceEqual("IDAT"u8);)
            if (chunks.Kind.SequenceEqual("PLTE"u8)) given = chunks.Data;
        given[..Math.Min(given.Length / 3 * 3, palette.Length)].CopyTo(palette);
        return palette;
    }
}
