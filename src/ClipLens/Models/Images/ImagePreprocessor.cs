using System.Buffers;
using System.Collections.Concurrent;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images.Formats;

namespace ClipLens.Models.Images;

/// <summary>
/// An image becomes the image tower's input exactly as Pillow and torchvision make it: resize (bicubic or bilinear, with antialiasing) of
/// the short side to <see cref="Size"/> and centre crop, or of both sides; division by 255, normalisation. Safe to use from several
/// threads.
/// </summary>
public sealed class ImagePreprocessor
{
    // Weights of this many numbers are kept in all; images of a dataset often share their sizes.
    private const int CachedNumbers = 4 << 20;

    private readonly float[] lookup = new float[3 * 256];
    private readonly ConcurrentDictionary<(int Width, int Height), ResizedCrop> crops = new();
    private readonly bool squashes;
    private readonly Interpolation interpolation;
    private int cached;

    /// <summary>Creates the preprocessing of a model.</summary>
    /// <param name="size">Side of the model's square input, in pixels.</param>
    /// <param name="config">Mean and standard deviation of the three channels.</param>
    public ImagePreprocessor(int size, PreprocessConfig config)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentNullException.ThrowIfNull(config);
        if (config.Mean.Count != 3 || config.Std.Count != 3 || config.Std.Any(std => !(std > 0)))
            throw new ClipLensException(
                "The preprocessing needs three means and three positive standard deviations; correct the checkpoint's configuration.");
        (Size, squashes, interpolation) = (size, config.Squashes, config.Interpolation);
        // ToTensor and Normalize in their own order of float32 steps, for each of the 256 values.
        for (int i = 0; i < lookup.Length; i++) lookup[i] = ((i % 256) / 255f - config.Mean[i / 256]) / config.Std[i / 256];
    }

    /// <summary>Side of the square input, in pixels.</summary>
    public int Size { get; }

    /// <summary>Numbers of one input: 3 x Size x Size.</summary>
    public int InputLength => 3 * Size * Size;

    /// <summary>Where the model looks on an image of this size.</summary>
    public CropGeometry Geometry(int width, int height) => new(width, height, Size) { Squashes = squashes };

    /// <summary>The image as the model sees it: Size x Size x 3 bytes, row by row, red, green and blue side by side.</summary>
    public unsafe byte[] Crop(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] crop = new byte[InputLength];
        int stride = image.Width * 3;
        byte[] wide = ArrayPool<byte>.Shared.Rent(image.Width * 4 + 8);
        fixed (byte* row = wide)
        {
            byte* four = row;
            CropFor(image.Width, image.Height).Run(y => Widen(image.Pixels.Slice(y * stride, stride), four), crop);
        }
        ArrayPool<byte>.Shared.Return(wide);
        return crop;
    }

    /// <summary>The network's input: the crop in [0, 1], less the mean, by the standard deviation, in float32 as torchvision computes
    /// it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="chw">Takes 3 x Size x Size numbers: all of red, all of green, all of blue, each row by row.</param>
    public void ToInput(RgbImage image, Span<float> chw) => Normalise(Crop(image), chw);

    /// <summary>The network's input from a crop of Size x Size x 3 bytes.</summary>
    /// <param name="crop">What <see cref="Crop(RgbImage)"/> gave.</param>
    /// <param name="chw">Takes 3 x Size x Size numbers: all of red, all of green, all of blue, each row by row.</param>
    public void Normalise(ReadOnlySpan<byte> crop, Span<float> chw)
    {
        int plane = Size * Size;
        if (crop.Length != 3 * plane)
            throw new ArgumentException($"The crop has {crop.Length} bytes instead of {3 * plane}.", nameof(crop));
        if (chw.Length != 3 * plane) throw new ArgumentException($"The input has {chw.Length} places instead of {3 * plane}.", nameof(chw));
        Span<float> red = chw[..plane], green = chw.Slice(plane, plane), blue = chw.Slice(2 * plane, plane);
        ReadOnlySpan<float> reds = lookup.AsSpan(0, 256), greens = lookup.AsSpan(256, 256), blues = lookup.AsSpan(512, 256);
        for (int i = 0, from = 0; i < plane; i++, from += 3)
        {
            red[i] = reds[crop[from]];
            green[i] = greens[crop[from + 1]];
            blue[i] = blues[crop[from + 2]];
        }
    }

    /// <summary>
    /// A mask of labels through the same resize and crop, each label that of the nearest pixel, as Pillow's NEAREST takes it.
    /// </summary>
    /// <param name="labels">height x width labels, row by row.</param>
    /// <param name="width">Columns of the mask.</param>
    /// <param name="height">Rows of the mask.</param>
    /// <returns>Size x Size labels.</returns>
    public byte[] CropMask(ReadOnlySpan<byte> labels, int width, int height)
    {
        if (labels.Length != (long)width * height)
            throw new ArgumentException(
                $"A mask of {width} x {height} takes {(long)width * height} labels, not {labels.Length}.", nameof(labels));
        CropGeometry geometry = Geometry(width, height);
        int[] columns = Nearest(width, geometry.ResizedWidth, geometry.Left), rows = Nearest(height, geometry.ResizedHeight, geometry.Top);
        byte[] crop = new byte[Size * Size];
        for (int y = 0, to = 0; y < Size; y++)
            for (int x = 0; x < Size; x++, to++) crop[to] = labels[rows[y] * width + columns[x]];
        return crop;
    }

    /// <summary>The crop of an image that was just decoded; a path without managed copies of the whole image.</summary>
    internal unsafe void Crop(RgbaBuffer image, Span<byte> crop)
    {
        CropFor(image.Width, image.Height).Run(y => image.Data + (long)image.Stride * y, crop);
        GC.KeepAlive(image);
    }

    private ResizedCrop CropFor(int width, int height)
    {
        if (crops.TryGetValue((width, height), out ResizedCrop? crop)) return crop;
        crop = new ResizedCrop(Geometry(width, height), interpolation);
        if (Interlocked.Add(ref cached, crop.Weight) > CachedNumbers)
        {
            crops.Clear();
            Interlocked.Exchange(ref cached, 0);
        }
        else
        {
            crops.TryAdd((width, height), crop);
        }
        return crop;
    }

    private static unsafe byte* Widen(ReadOnlySpan<byte> rgb, byte* to)
    {
        byte* at = to;
        for (int i = 0; i + 2 < rgb.Length; i += 3, at += 4)
        {
            at[0] = rgb[i];
            at[1] = rgb[i + 1];
            at[2] = rgb[i + 2];
        }
        return to;
    }

    /// <summary>
    /// The input pixel of each output of the crop. Pillow steps through the outputs adding up the scale, and rounding goes into the sum;
    /// so do we.
    /// </summary>
    private int[] Nearest(int inSize, long outSize, long first)
    {
        int[] picked = new int[Size];
        double scale = (double)inSize / outSize, position = scale * 0.5;
        for (long i = 0; i < first + Size; i++, position += scale)
            if (i >= first) picked[i - first] = Math.Min((int)position, inSize - 1);
        return picked;
    }
}
