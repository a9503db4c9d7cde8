namespace ClipLens.Models.Images;

/// <summary>A mask in memory: a label for each pixel.</summary>
public sealed record LabelMask
{
    private readonly byte[] labels;

    /// <summary>Takes over <paramref name="labels"/> without a copy.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="labels">Height x Width labels, row by row.</param>
    public LabelMask(int width, int height, byte[] labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.LongLength != (long)width * height)
            throw new ArgumentException($"{width} x {height} pixels take as many labels, not {labels.LongLength}.", nameof(labels));
        (Width, Height, this.labels) = (width, height, labels);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Height x Width labels, row by row.</summary>
    public ReadOnlySpan<byte> Labels => labels;

    /// <summary>The mask with every label put in the place of another.</summary>
    internal LabelMask Relabel(Converter<byte, byte> change) => new(Width, Height, Array.ConvertAll(labels, change));
}
