namespace ClipLens.Models.Images.Formats;

/// <summary>Finds out what a file is from its first bytes, or, where these do not tell, from its ending.</summary>
internal static class PictureKind
{
    /// <summary>Bytes that <see cref="IsReadable"/> and <see cref="Unsupported"/> look at.</summary>
    public const int Needed = 32;

    // Endings of JPEG, PNG, WebP, GIF, BMP and TIFF files. Such a file is taken for an image even if it is damaged, so that it is named.
    private static readonly HashSet<string> Readable = new(
        [".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif",
            ".tiff"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Foreign = new(
    [
        ".heic", ".heif", ".avif", ".jxl", ".jp2", ".j2k", ".jpx", ".psd", ".ico", ".tga", ".pcx", ".ppm", ".pgm", ".pbm",
            ".pnm", ".svg",
        ".exr", ".hdr", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name ends as those of readable images do.</summary>
    public static bool HasReadableName(string name) => Readable.Contains(Path.GetExtension(name));

    /// <summary>Whether a name ends as those of images do that cannot be read.</summary>
    public static bool HasForeignName(string name) => Foreign.Contains(Path.GetExtension(name));

    /// <summary>Whether a file that begins like this is a JPEG, PNG, WebP, GIF, BMP or TIFF image.</summary>
    public static bool IsReadable(ReadOnlySpan<byte> start) =>
        start is [0xff, 0xd8, 0xff, ..] || start is [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, ..]
        || TiffHeader.IsTiff(start) || start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8)
        || start.StartsWith("RIFF"u8) && start.Length >= 12 && start[8..].StartsWith("WEBP"u8)
        // Two letters are little: what follows must be the length of one of the headers that there are.
        || start.StartsWith("BM"u8) && start.Length >= 18 && start[14] is 12 or 40 or 52 or 56 or 64 or 108 or 124
            && start[15..18].IndexOfAnyExcept((byte)0) < 0;

    /// <summary>What kind of image a file is that begins like this and cannot be read, or null.</summary>
    public static string? Unsupported(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8)) return "BigTIFF";
        if (start.Length >= 12 && start[4..].StartsWith("ftyp"u8))
            return start[8..].StartsWith("avi"u8) ? "AVIF" : start[8..].StartsWith("he"u8) || start[8..].StartsWith("mif1"u8)
            || start[8..].StartsWith("msf1"u8) ? "HEIC" : null;
        if (start.Length >= 12 && start[4..].StartsWith("JXL "u8) || start is [0xff, 0x0a, ..]) return "JPEG XL";
        if (start.Length >= 12 && start[4..].StartsWith("jP  "u8)) return "JPEG 2000";
        return start.StartsWith("8BPS"u8) ? "Photoshop" : null;
    }

    /// <summary>The first bytes of a file; none where it cannot be read.</summary>
    public static byte[] Start(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            byte[] start = new byte[Needed];
            return start[..RandomAccess.Read(file, start, 0)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return [];
        }
    }
}
