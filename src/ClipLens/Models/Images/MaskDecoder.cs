using System.Buffers.Binary;
using ClipLens.Models.Images.Formats;

namespace ClipLens.Models.Images;

/// <summary>Reads segmentation masks: PNG files with a palette, whose indices are the labels (Pascal VOC), or in grey, whose values
/// are, in whatever form the grey was saved.</summary>
public static class MaskDecoder
{
    private const int Grey = 0, Colours = 2, Palette = 3, GreyAlpha = 4;

    /// <summary>
    /// The labels in the file, as stored: palette indices, or grey values that are not scaled (a 1-bit mask has 0 and 1). Grey of 16 bits
    /// has its labels where none is above 255; black and white of 16 bits has 0 and 255; grey saved as colours or with an opaque alpha
    /// channel is grey.
    /// </summary>
    /// <exception cref="ClipLensException">
    /// The file cannot be read, is no PNG, is damaged, or holds colours or transparency or larger numbers instead of labels.
    /// </exception>
    public static LabelMask Decode(string path)
    {
        byte[] file = ImageDecoder.ReadFile(path);
        if (!PngReader.IsPng(file))
            throw new ClipLensException($"The mask {path} is not a PNG file; save masks as PNG with a palette or in grey.");
        var samples = Read(file, path);
        int channels = samples.Kind switch { Grey or Palette => 1, GreyAlpha => 2, Colours => 3, _ => 4 };
        int[] values = Values(samples);
        int full = (1 << samples.Depth) - 1, pixels = samples.Width * samples.Height;
        int[] grey = new int[pixels];
        for (int i = 0; i < pixels; i++)
        {
            var pixel = values.AsSpan(i * channels, channels);
            grey[i] = pixel[0];
            if (channels >= 3 && (pixel[1] != pixel[0] || pixel[2] != pixel[0]))
                throw new ClipLensException($"The mask {path} holds colours instead of labels; save it as an 8-bit PNG with a palette or "
                + "in grey.");
            if (channels is 2 or 4 && pixel[^1] != full)
                throw new ClipLensException($"The mask {path} has an alpha channel with transparent pixels, which are no labels; save it "
                + "as an 8-bit PNG in grey without alpha.");
        }
        return new LabelMask(samples.Width, samples.Height, samples.Depth == 16 ? Narrow(grey, path)
            : Array.ConvertAll(grey, value => (byte)value));
    }

    /// <summary>Whether the labels of a PNG file are indices of a palette, as Pascal VOC's are.</summary>
    internal static bool HasPalette(string path) => ImageDecoder.ReadFile(path) is var file && PngReader.IsPng(file) && file[25] == Palette;

    private static PngSamples Read(byte[] file, string path)
    {
        try
        {
            return PngReader.Read(file, path);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or OverflowException)
        {
            throw new ClipLensException($"The mask {path} is damaged; save or fetch it again.", error);
        }
    }

    private static int[] Values(PngSamples samples)
    {
        if (samples.Depth < 16) return Array.ConvertAll(samples.Bytes, value => (int)value);
        int[] values = new int[samples.Bytes.Length / 2];
        for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadUInt16BigEndian(samples.Bytes.AsSpan(2 * i));
        return values;
    }

    private static byte[] Narrow(int[] labels, string path)
    {
        if (labels.All(label => label is 0 or ushort.MaxValue)) return Array.ConvertAll(labels, label => (byte)label);
        int largest = labels.Max();
        return largest <= byte.MaxValue ? Array.ConvertAll(labels, label => (byte)label)
            : throw new ClipLensException($"The mask {path} has 16 bits and labels up to {largest}, more than the 255 that a label may "
            + "be; save it with the labels as an 8-bit PNG in grey.");
    }
}
