namespace ClipLens.Models.Images;

/// <summary>
/// Where the model looks: an image of Width x Height pixels is resized until its short side is Size, and the Size x Size square in its
/// middle is cut out. The rounding is torchvision's (<c>Resize</c> and <c>CenterCrop</c>).
/// </summary>
/// <param name="Width">Columns of the image.</param>
/// <param name="Height">Rows of the image.</param>
/// <param name="Size">Side of the model's input.</param>
public sealed record CropGeometry(int Width, int Height, int Size)
{
    /// <summary>Whether the whole image is squashed into the square instead.</summary>
    public bool Squashes { get; init; }

    /// <summary>Columns after the resize.</summary>
    public long ResizedWidth => Squashes || Width <= Height ? Size : LongSide(Width, Height);

    /// <summary>Rows after the resize.</summary>
    public long ResizedHeight => !Squashes && Width <= Height ? LongSide(Height, Width) : Size;

    /// <summary>First column of the crop in the resized image.</summary>
    public long Left => CropStart(ResizedWidth);

    /// <summary>First row of the crop in the resized image.</summary>
    public long Top => CropStart(ResizedHeight);

    /// <summary>The crop in the pixels of the image itself: left and top edge, width and height.</summary>
    public (double X, double Y, double Width, double Height) SeenBox
    {
        get
        {
            double perColumn = (double)Width / ResizedWidth, perRow = (double)Height / ResizedHeight;
            return (Left * perColumn, Top * perRow, Size * perColumn, Size * perRow);
        }
    }

    private long LongSide(int longSide, int shortSide) => (long)((double)((long)Size * longSide) / shortSide);

    // Python's round(): halves go to the even neighbour.
    private long CropStart(long resized) => (long)Math.Round((resized - Size) / 2.0, MidpointRounding.ToEven);
}
