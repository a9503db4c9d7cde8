using System.Security.Cryptography;

namespace ClipLens.Models;

/// <summary>What one thread needs to read pictures: buffers that serve again and again.</summary>
internal sealed class PictureReader(ImagePreprocessor preprocessor) : IDisposable
{
    private readonly RgbaBuffer picture = new();
    private byte[] file = new byte[1 << 17];
    private readonly byte[] crop = new byte[preprocessor.InputLength];

    /// <summary>Reads a picture into its place, or records why it cannot be read.</summary>
    public void Read(ImageEntry entry, PendingBatch target, int index)
    {
        string? sha256 = null;
        try
        {
            int length = ImageDecoder.ReadFile(entry.Path, entry.Name, ref file);
            ReadOnlySpan<byte> bytes = file.AsSpan(0, length);
            sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            ImageDecoder.Decode(bytes, entry.Name, picture);
            preprocessor.Crop(picture, crop);
            preprocessor.Normalise(crop, target.Place(index, preprocessor.InputLength));
            target.Record(index, sha256, null);
        }
        catch (ClipLensException error)
        {
            target.Record(index, sha256, error.Message);
        }
    }

    public void Dispose() => picture.Dispose();
}
