namespace ClipLens.Models.Images;

/// <summary>An image in memory: eight bits for each of red, green and blue.</summary>
public sealed record RgbImage
{
    private readonly byte[] pixels;

    /// <summary>Takes over <paramref name="pixels"/> without a copy.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">Height x Width x 3 bytes: row by row, red, green and blue of a pixel side by side.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != 3L * width * height)
            throw new ArgumentException(
                $"{width} x {height} pixels take {3L * width * height} bytes, not {pixels.LongLength}.", nameof(pixels));
        (Width, Height, this.pixels) = (width, height, pixels);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Height x Width x 3 bytes: row by row, red, green and blue of a pixel side by side.</summary>
    public ReadOnlySpan<byte> Pixels => pixels;
}
