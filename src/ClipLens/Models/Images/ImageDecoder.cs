using ClipLens.Files;
using ClipLens.Models.Images.Formats;
using Microsoft.Win32.SafeHandles;
using SkiaSharp;

namespace ClipLens.Models.Images;

/// <summary>
/// Reads JPEG, PNG, WebP, GIF and TIFF (the first frame) and BMP to the same bytes as Pillow's <c>Image.open(path).convert("RGB")</c>:
/// alpha is dropped, not blended; colour profiles are ignored; CMYK is converted plainly; 16-bit grey is clipped at 255, as Pillow does,
/// other 16-bit images keep their high bytes. EXIF orientation is ignored, as torchvision's loader does, unless asked for.
/// </summary>
public static class ImageDecoder
{
    /// <summary>Images with more pixels than this by their header are refused before any memory is taken (Pillow's own limit).</summary>
    public const long MaxPixels = PixelLimit.Most;

    private const long MaxFileBytes = 1L << 30;

    /// <summary>Reads the image at <paramref name="path"/>.</summary>
    /// <exception cref="ClipLensException">The file cannot be read, is no image, is damaged or cut short, or is too large.</exception>
    public static RgbImage Decode(string path, bool applyOrientation = false) => Decode(ReadFile(path), path, applyOrientation);

    /// <summary>Reads the image in <paramref name="stream"/>, from where it stands to its end.</summary>
    /// <param name="stream">The bytes of an image file.</param>
    /// <param name="name">What an error calls the image.</param>
    /// <param name="applyOrientation">Whether to turn the image as its EXIF data says.</param>
    /// <exception cref="ClipLensException">The bytes are no image, are damaged or cut short, or the image is too large.</exception>
    public static RgbImage Decode(Stream stream, string name = "(stream)", bool applyOrientation = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), name, applyOrientation);
    }

    /// <summary>Reads the image whose file has the bytes <paramref name="file"/>.</summary>
    /// <param name="file">The bytes of an image file.</param>
    /// <param name="name">What an error calls the image.</param>
    /// <param name="applyOrientation">Whether to turn the image as its EXIF data says.</param>
    /// <exception cref="ClipLensException">The bytes are no image, are damaged or cut short, or the image is too large.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string name, bool applyOrientation = false)
    {
        using var buffer = new RgbaBuffer();
        Decode(file, name, buffer);
        RgbImage image = buffer.ToImage();
        return applyOrientation ? Orientation.Apply(image, ExifOrientation.Read(file)) : image;
    }

    /// <summary>Reads into a buffer that serves again; the orientation is not applied.</summary>
    internal static void Decode(ReadOnlySpan<byte> file, string name, RgbaBuffer into)
    {
        if (file.IsEmpty) throw new ClipLensException($"The image {name} is an empty file; remove it or fetch it again.");
        if (TiffHeader.IsTiff(file)) TiffPixels.Read(file, name, into);
        else if (PngPixels.HasPalette(file)) PngPixels.Read(file, name, into);
        else if (DecodeBySkia(file, name, into) is not { } error) return;
        // What is wrong with it may be a checksum that Pillow does not compare.
        else if (PngReader.IsPng(file)) PngPixels.Read(file, name, into);
        else throw error;
    }

    private static unsafe ClipLensException? DecodeBySkia(ReadOnlySpan<byte> file, string name, RgbaBuffer into)
    {
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using SKCodec? codec = SKCodec.Create(data);
            if (codec is null || !IsSupported(codec.EncodedFormat)) return NoPicture(file, name);
            SKImageInfo size = codec.Info;
            PixelLimit.Check(size.Width, size.Height, file.Length, name);
            into.Resize(size.Width, size.Height);
            // Without a colour space Skia hands out the stored values and leaves profiles aside.
            var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            SKCodecResult result = codec.GetPixels(info, (nint)into.Data, info.RowBytes, new SKCodecOptions(0));
            if (result != SKCodecResult.Success) return Failure(result, name);
            if (!JpegCheck.IsAgreed(file))
                return new($"The image {name} is damaged, so that each decoder would show other colours; remove it or fetch it again.");
            PillowRules.Apply(file, codec.EncodedFormat, name, into);
            return null;
        }
    }

    /// <summary>The bytes of an image file.</summary>
    internal static byte[] ReadFile(string path)
    {
        byte[] bytes = [];
        int length = ReadFile(path, path, ref bytes);
        return bytes.Length == length ? bytes : bytes[..length];
    }

    /// <summary>Reads an image file into a buffer that grows where it must; returns its length.</summary>
    internal static int ReadFile(string path, string name, ref byte[] buffer)
    {
        if (FileKind.Special(path) is { } kind)
            throw new ClipLensException($"The image {name} is {kind}, not a file; write what comes from it into a file and give that.");
        if (!File.Exists(path) && TarShards.Find(path) is { } place) return ReadPlace(place, name, ref buffer);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length > MaxFileBytes)
                throw new ClipLensException(
                    $"The image {name} is a file of {length >> 20} MB, more than the limit of {MaxFileBytes >> 20} MB; remove it.");
            if (length > buffer.Length) buffer = GC.AllocateUninitializedArray<byte>((int)length);
            int read = 0;
            for (int more = 1; read < length && more > 0; read += more)
                more = RandomAccess.Read(file, buffer.AsSpan(read, (int)length - read), read);
            return read;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, name, error);
        }
    }

    /// <summary>Reads an image in a tar file into a buffer that grows where it must; returns its length.</summary>
    internal static int ReadPlace(TarPlace place, string name, ref byte[] buffer)
    {
        if (place.Length > MaxFileBytes) throw new ClipLensException($"The image {name} has {place.Length >> 20} MB, more than the limit "
            + $"of {MaxFileBytes >> 20} MB; remove it.");
        try
        {
            using SafeFileHandle file = File.OpenHandle(place.Tar);
            if (place.Length > buffer.Length) buffer = GC.AllocateUninitializedArray<byte>((int)place.Length);
            int read = 0;
            for (int more = 1; read < place.Length && more > 0; read += more)
                more = RandomAccess.Read(file, buffer.AsSpan(read, (int)place.Length - read), place.Offset + read);
            return read;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(place.Tar, name, error);
        }
    }

    private static ClipLensException Unreadable(string path, string name, Exception error)
    {
        if (Directory.Exists(path)) return new($"{name} is a folder, not an image; give the image's own path.", error);
        if (error is FileNotFoundException or DirectoryNotFoundException)
            return new($"The image {name} is not there; correct the path.", error);
        return new($"The image {name} cannot be read ({error.Message.TrimEnd('.')}); check the file and its permissions.", error);
    }

    private static bool IsSupported(SKEncodedImageFormat format) =>
        format is SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png or SKEncodedImageFormat.Webp or SKEncodedImageFormat.Gif
        or SKEncodedImageFormat.Bmp;

    private static ClipLensException NoPicture(ReadOnlySpan<byte> file, string name) => new(PictureKind.Unsupported(file) is { } kind
        ? $"{name} is {(kind is "AVIF" ? "an" : "a")} {kind} image, which is not supported; turn it into PNG or JPEG"
            + (kind is "AVIF" or "HEIC" ? " (heif-convert does it)." : ".")
        : $"{name} is not an image that can be read: it is no JPEG, PNG, WebP, GIF, BMP or TIFF file, or its header is damaged, cut "
        + "short or "
            + "claims an impossible size; remove it or fetch it again.");

    private static ClipLensException Failure(SKCodecResult result, string name) => result switch
    {
        SKCodecResult.IncompleteInput => new($"The image {name} is cut short; remove it or fetch it again."),
        _ => new($"The image {name} is damaged; remove it or fetch it again."),
    };
}
