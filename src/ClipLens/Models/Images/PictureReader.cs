using System.Security.Cryptography;
using ClipLens.Models.Images.Formats;

namespace ClipLens.Models.Images;

/// <summary>What one thread needs to read images: buffers that serve again and again.</summary>
internal sealed class PictureReader(ImagePreprocessor preprocessor, bool applyOrientation) : IDisposable
{
    private readonly RgbaBuffer picture = new();
    private byte[] file = new byte[1 << 17];
    private readonly byte[] crop = new byte[preprocessor.InputLength];

    /// <summary>Reads an image into its place [3, size, size], or says why it cannot be read; the place is then left as it was.</summary>
    /// <exception cref="ClipLensException">The image is not the one that it must be.</exception>
    public ImageOutcome Read(ImageEntry entry, Span<float> place)
    {
        var outcome = TryRead(entry, place);
        if (entry.Expected is { } expected) KnownImage.Check(entry.Path, outcome.Sha256, expected);
        return outcome;
    }

    private ImageOutcome TryRead(ImageEntry entry, Span<float> place)
    {
        string? sha256 = null;
        try
        {
            int length = entry.Read(ref file);
            ReadOnlySpan<byte> bytes = file.AsSpan(0, length);
            sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            if (applyOrientation)
            {
                preprocessor.ToInput(ImageDecoder.Decode(bytes, entry.Name, applyOrientation: true), place);
                return new(sha256, null);
            }
            ImageDecoder.Decode(bytes, entry.Name, picture);
            preprocessor.Crop(picture, crop);
            preprocessor.Normalise(crop, place);
            return new(sha256, null);
        }
        catch (ClipLensException error)
        {
            return new(sha256, error.Message);
        }
    }

    public void Dispose() => picture.Dispose();
}
