namespace ClipLens.Models.Images;

/// <summary>A mask in memory: a label for each pixel.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Labels">Height x Width labels, row by row.</param>
public sealed record LabelMask(int Width, int Height, byte[] Labels);

/// <summary>Reads segmentation masks: PNG files with a palette, whose indices are the labels (Pascal VOC), or in grey, whose values
/// are.</summary>
public static class MaskDecoder
{
    /// <summary>The labels in the file, as stored: palette indices, or grey values that are not scaled (a 1-bit mask has 0 and
    /// 1).</summary>
    /// <exception cref="ClipLensException">The file cannot be read, is no PNG, is damaged, or holds colours instead of labels.</exception>
    public static LabelMask Decode(string path)
    {
        byte[] file = ImageDecoder.ReadFile(path);
        if (!PngReader.IsPng(file))
            throw new ClipLensException($"The mask {path} is not a PNG file; save masks as PNG with a palette or in grey.");
        if (file[25] is not (0 or 3) || file[24] > 8)
            throw new ClipLensException(
                $"The mask {path} holds colours instead of labels; save it as an 8-bit PNG with a palette or in grey.");
        PngSamples samples = PngReader.Read(file, path);
        return new LabelMask(samples.Width, samples.Height, samples.Bytes);
    }
}
