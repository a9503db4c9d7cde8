using ClipLens.Models.Images;

namespace ClipLens.Segmentation;

/// <summary>The squares in which a model that sees squares sees a whole image: side by side along the long side, overlapping.</summary>
internal sealed class PictureWindows
{
    private const int LargestCanvas = 336;
    private readonly int side;
    private readonly bool isWide;

    public PictureWindows(int width, int height)
    {
        side = Math.Min(width, height);
        isWide = width >= height;
        int along = Math.Max(width, height);
        int count = (along + side - 1) / side;
        Starts = [.. Enumerable.Range(0, count).Select(i => (int)((long)(along - side) * i / Math.Max(1, count - 1)))];
        double scale = Math.Min(1, (double)LargestCanvas / side);
        CanvasWidth = Math.Max(1, (int)Math.Round(width * scale));
        CanvasHeight = Math.Max(1, (int)Math.Round(height * scale));
        CanvasSide = Math.Min(CanvasWidth, CanvasHeight);
    }

    /// <summary>Where each window begins along the long side, in pixels of the image.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>Columns of the canvas on which the windows' maps are put together: the image, made smaller where it is large.</summary>
    public int CanvasWidth { get; }

    /// <summary>Rows of the canvas.</summary>
    public int CanvasHeight { get; }

    /// <summary>Side of a window on the canvas.</summary>
    public int CanvasSide { get; }

    /// <summary>A window of the image.</summary>
    public RgbImage Cut(RgbImage picture, int window)
    {
        (int left, int top) = isWide ? (Starts[window], 0) : (0, Starts[window]);
        byte[] pixels = new byte[3 * side * side];
        for (int y = 0; y < side; y++)
            picture.Pixels.Slice(3 * ((top + y) * picture.Width + left), 3 * side).CopyTo(pixels.AsSpan(3 * y * side));
        return new RgbImage(side, side, pixels);
    }

    /// <summary>Puts the windows' maps together; where they overlap each counts by how far inside it the place lies.</summary>
    /// <param name="maps">CanvasSide x CanvasSide values a window.</param>
    /// <returns>CanvasHeight x CanvasWidth values.</returns>
    public float[] Join(IReadOnlyList<float[]> maps)
    {
        var sums = new double[CanvasWidth * CanvasHeight];
        var weights = new double[sums.Length];
        for (int window = 0; window < maps.Count; window++)
        {
            int start = CanvasStart(window);
            for (int y = 0; y < CanvasSide; y++)
            {
                for (int x = 0; x < CanvasSide; x++)
                {
                    int along = isWide ? x : y, place = isWide ? y * CanvasWidth + start + x : (start + y) * CanvasWidth + x;
                    double weight = Math.Min(along, CanvasSide - 1 - along) + 1;
                    sums[place] += weight * maps[window][y * CanvasSide + x];
                    weights[place] += weight;
                }
            }
        }
        return [.. sums.Select((sum, i) => (float)(sum / weights[i]))];
    }

    /// <summary>A window's part of something on the canvas: CanvasSide x CanvasSide values.</summary>
    public float[] PartOf(ReadOnlySpan<float> canvas, int window)
    {
        int start = CanvasStart(window);
        (int left, int top) = isWide ? (start, 0) : (0, start);
        var part = new float[CanvasSide * CanvasSide];
        for (int y = 0; y < CanvasSide; y++) canvas.Slice((top + y) * CanvasWidth + left, CanvasSide).CopyTo(part.AsSpan(y * CanvasSide));
        return part;
    }

    private int CanvasStart(int window)
    {
        int room = Math.Max(CanvasWidth, CanvasHeight) - CanvasSide;
        return (int)((long)room * window / Math.Max(1, Starts.Count - 1));
    }
}
