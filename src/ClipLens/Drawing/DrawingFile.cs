using ClipLens.Files;
using ClipLens.Models.Images;
using SkiaSharp;

namespace ClipLens.Drawing;

/// <summary>Pictures for people as files: PNG or JPEG, as the name says.</summary>
public static class DrawingFile
{
    private const int Quality = 92;

    /// <summary>Makes sure, before any work, that a picture can be written there.</summary>
    /// <param name="path">The file, which may be new.</param>
    /// <exception cref="ClipLensException">The name has another ending than .png, .jpg or .jpeg, or there can be no such file.</exception>
    public static string Prepare(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Path.GetExtension(path).ToLowerInvariant() is not (".png" or ".jpg" or ".jpeg"))
            throw new ClipLensException($"The picture {path} can be written as PNG or JPEG only; give a name that ends in .png or .jpg.");
        return OutputFile.Prepare(path);
    }

    /// <summary>Writes a picture, whole or not at all.</summary>
    /// <param name="path">The file, as <see cref="Prepare"/> takes it.</param>
    /// <param name="image">The picture.</param>
    /// <exception cref="ClipLensException">The name has another ending, or the file cannot be written there.</exception>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Write(string path, RgbImage image)
    {
        Prepare(path);
        if (Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase)) PngFile.Write(path, image);
        else AtomicFile.Write(path, Jpeg(image));
    }

    private static byte[] Jpeg(RgbImage image)
    {
        using SKBitmap bitmap = PngFile.ToBitmap(image);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality)
            ?? throw new InvalidOperationException("The picture could not be encoded as JPEG.");
        return data.ToArray();
    }
}
