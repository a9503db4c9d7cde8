using Microsoft.Win32.SafeHandles;
using SkiaSharp;

namespace ClipLens.Models.Images;

/// <summary>
/// Reads JPEG, PNG, WebP, GIF (the first frame) and BMP to the same bytes as Pillow's <c>Image.open(path).convert("RGB")</c>: alpha is
/// dropped, not blended; colour profiles are ignored; CMYK is converted plainly; 16-bit grey is clipped at 255, as Pillow does, other
/// 16-bit pictures keep their high bytes. EXIF orientation is ignored, as torchvision's loader does, unless asked for.
/// </summary>
public static class ImageDecoder
{
    /// <summary>Pictures with more pixels than this by their header are refused before any memory is taken (Pillow's own limit).</summary>
    public const long MaxPixels = 178_956_970;

    private const long MaxFileBytes = 1L << 30;

    /// <summary>Reads the picture at <paramref name="path"/>.</summary>
    /// <exception cref="ClipLensException">The file cannot be read, is no picture, is damaged or cut short, or is too large.</exception>
    public static RgbImage Decode(string path, bool applyOrientation = false) => Decode(ReadFile(path), path, applyOrientation);

    /// <summary>Reads the picture in <paramref name="stream"/>, from where it stands to its end.</summary>
    /// <param name="stream">The bytes of a picture file.</param>
    /// <param name="name">What an error calls the picture.</param>
    /// <param name="applyOrientation">Whether to turn the picture as its EXIF data says.</param>
    /// <exception cref="ClipLensException">The bytes are no picture, are damaged or cut short, or the picture is too large.</exception>
    public static RgbImage Decode(Stream stream, string name = "(stream)", bool applyOrientation = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), name, applyOrientation);
    }

    /// <summary>Reads the picture whose file has the bytes <paramref name="file"/>.</summary>
    /// <param name="file">The bytes of a picture file.</param>
    /// <param name="name">What an error calls the picture.</param>
    /// <param name="applyOrientation">Whether to turn the picture as its EXIF data says.</param>
    /// <exception cref="ClipLensException">The bytes are no picture, are damaged or cut short, or the picture is too large.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string name, bool applyOrientation = false)
    {
        using var buffer = new RgbaBuffer();
        SKEncodedOrigin origin = Decode(file, name, buffer);
        RgbImage image = buffer.ToImage();
        return applyOrientation ? Orientation.Apply(image, origin) : image;
    }

    /// <summary>Reads into a buffer that serves again; returns the orientation, which is not applied.</summary>
    internal static unsafe SKEncodedOrigin Decode(ReadOnlySpan<byte> file, string name, RgbaBuffer into)
    {
        if (file.IsEmpty) throw new ClipLensException($"The picture {name} is an empty file; remove it or fetch it again.");
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using SKCodec codec = OpenCodec(data, name);
            SKImageInfo size = codec.Info;
            RefuseHuge(size.Width, size.Height, name);
            into.Resize(size.Width, size.Height);
            // Without a colour space Skia hands out the stored values and leaves profiles aside.
            var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            SKCodecResult result = codec.GetPixels(info, (nint)into.Data, info.RowBytes, new SKCodecOptions(0));
            if (result != SKCodecResult.Success) throw Failure(result, name);
            PillowRules.Apply(file, codec.EncodedFormat, name, into);
            return codec.EncodedOrigin;
        }
    }

    internal static void RefuseHuge(long width, long height, string name)
    {
        if (width * height <= MaxPixels) return;
        throw new ClipLensException(
            $"The picture {name} says it has {width} x {height} pixels, more than the limit of {MaxPixels}; make it smaller or remove it.");
    }

    /// <summary>The bytes of a picture file.</summary>
    internal static byte[] ReadFile(string path)
    {
        byte[] bytes = [];
        int length = ReadFile(path, path, ref bytes);
        return bytes.Length == length ? bytes : bytes[..length];
    }

    /// <summary>Reads a picture file into a buffer that grows where it must; returns its length.</summary>
    internal static int ReadFile(string path, string name, ref byte[] buffer)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length > MaxFileBytes)
                throw new ClipLensException(
                    $"The picture {name} is a file of {length >> 20} MB, more than the limit of {MaxFileBytes >> 20} MB; remove it.");
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

    private static ClipLensException Unreadable(string path, string name, Exception error)
    {
        if (Directory.Exists(path)) return new($"{name} is a folder, not a picture; give the picture's own path.", error);
        if (error is FileNotFoundException or DirectoryNotFoundException)
            return new($"The picture {name} is not there; correct the path.", error);
        return new($"The picture {name} cannot be read ({error.Message.TrimEnd('.')}); check the file and its permissions.", error);
    }

    private static SKCodec OpenCodec(SKData data, string name)
    {
        SKCodec? codec = SKCodec.Create(data);
        if (codec is
            {
                EncodedFormat: SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png or SKEncodedImageFormat.Webp
            or SKEncodedImageFormat.Gif or SKEncodedImageFormat.Bmp
            }) return codec;
        codec?.Dispose();
        throw new ClipLensException(
            $"{name} is not a picture that can be read: it is no JPEG, PNG, WebP, GIF or BMP file, or its header is damaged, cut short or "
            + "claims an impossible size; remove it or fetch it again.");
    }

    private static ClipLensException Failure(SKCodecResult result, string name) => result switch
    {
        SKCodecResult.IncompleteInput => new($"The picture {name} is cut short; remove it or fetch it again."),
        _ => new($"The picture {name} is damaged; remove it or fetch it again."),
    };
}
