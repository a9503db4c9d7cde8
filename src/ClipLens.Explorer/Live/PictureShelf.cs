using System.Globalization;
using System.Security.Cryptography;
using ClipLens.Models.Images;
using ClipLens.Runs;

namespace ClipLens.Explorer.Live;

/// <summary>A picture that is looked at.</summary>
/// <param name="Id">What the pages call it: an image's index, or letters drawn at random.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Path">Where its file is.</param>
/// <param name="Pixels">The picture.</param>
internal sealed record ShelvedPicture(string Id, string Name, string Path, RgbImage Pixels);

/// <summary>
/// The pictures that people look at: images of the run, and pictures that were uploaded. Those are kept in a temporary folder under names
/// of our own, the last few of them, until the explorer ends.
/// </summary>
internal sealed class PictureShelf(RunDirectory run) : IDisposable
{
    /// <summary>The largest file that is taken, in bytes.</summary>
    public const int MostBytes = 24 << 20;

    /// <summary>The largest picture that is taken, in pixels.</summary>
    public const int MostPixels = 50_000_000;

    private const int Kept = 16;

    private readonly Lock gate = new();
    private readonly List<ShelvedPicture> uploads = [];
    private string? folder;

    /// <summary>Takes a picture in.</summary>
    /// <exception cref="ClipLensException">It is no picture, is damaged or too large.</exception>
    public ShelvedPicture Add(byte[] bytes)
    {
        var pixels = Decode(bytes);
        lock (gate)
        {
            folder ??= Directory.CreateTempSubdirectory("cliplens-").FullName;
            string id = "u" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), path = Path.Combine(folder, id);
            File.WriteAllBytes(path, bytes);
            var picture = new ShelvedPicture(id, "your picture", path, pixels);
            uploads.Add(picture);
            while (uploads.Count > Kept)
            {
                File.Delete(uploads[0].Path);
                uploads.RemoveAt(0);
            }
            return picture;
        }
    }

    /// <summary>A picture; null where there is none of this name.</summary>
    /// <exception cref="ClipLensException">An image of the run is not there any more or has changed.</exception>
    public ShelvedPicture? Find(string id)
    {
        if (int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < run.Images.Count)
            return new(id, Path.GetFileName(run.Images[index].Path), run.ImagePath(index), run.ReadImage(index));
        lock (gate) return uploads.Find(picture => picture.Id == id);
    }

    public void Dispose()
    {
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Decodes a picture, unless its header says that it is too large.</summary>
    private RgbImage Decode(byte[] bytes)
    {
        using (var data = SkiaSharp.SKData.CreateCopy(bytes))
        using (var codec = SkiaSharp.SKCodec.Create(data))
            if (codec is not null && (long)codec.Info.Width * codec.Info.Height > MostPixels)
                throw new ClipLensException($"The picture has {codec.Info.Width} x {codec.Info.Height} pixels, more than "
                    + $"{MostPixels / 1_000_000} million; make it smaller.");
        return ImageDecoder.Decode(bytes, "that you gave", run.Manifest.Settings.ApplyOrientation);
    }
}
