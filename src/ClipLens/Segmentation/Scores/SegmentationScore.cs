namespace ClipLens.Segmentation.Scores;

/// <summary>How well masks and heat maps find the objects, over a set of images; all in percent.</summary>
/// <param name="Images">Images.</param>
/// <param name="PixelAccuracy">Pixels that are labelled right, of all labelled pixels together.</param>
/// <param name="MeanIou">Mean of background and object: intersection by union, each summed over all images first.</param>
/// <param name="MeanAp">Mean over the images of the average precision of the heat map, background and object taken together.</param>
public sealed record SegmentationFigures(int Images, double PixelAccuracy, double MeanIou, double MeanAp);

/// <summary>Gathers the figures of <see cref="SegmentationFigures"/>, image by image.</summary>
internal sealed class SegmentationScore
{
    /// <summary>The label of pixels that count for nothing.</summary>
    public const byte Ignored = 255;

    private long right, labelled, rightObject, rightBackground, unionObject, unionBackground;
    private double precision;
    private int images;

    /// <summary>Adds an image.</summary>
    /// <param name="heat">Heat in [0, 1] of every pixel.</param>
    /// <param name="threshold">What is above it is taken for the object.</param>
    /// <param name="labels">0 background, 255 ignored, the rest object.</param>
    public void Add(ReadOnlySpan<float> heat, float threshold, ReadOnlySpan<byte> labels)
    {
        if (heat.Length != labels.Length) throw new ArgumentException($"{heat.Length} values of heat, but {labels.Length} labels.",
            nameof(labels));
        for (int i = 0; i < heat.Length; i++)
        {
            if (labels[i] == Ignored) continue;
            bool found = heat[i] > threshold, isObject = labels[i] != 0;
            labelled++;
            if (found == isObject)
            {
                right++;
                if (isObject) rightObject++; else rightBackground++;
            }
            if (found || isObject) unionObject++;
            if (!found || !isObject) unionBackground++;
        }
        precision += SegmentationAveragePrecision.Compute(heat, labels);
        images++;
    }

    /// <summary>Adds what another has gathered.</summary>
    public void Add(SegmentationScore other)
    {
        (right, labelled) = (right + other.right, labelled + other.labelled);
        (rightObject, rightBackground) = (rightObject + other.rightObject, rightBackground + other.rightBackground);
        (unionObject, unionBackground) = (unionObject + other.unionObject, unionBackground + other.unionBackground);
        (precision, images) = (precision + other.precision, images + other.images);
    }

    /// <summary>The figures of what was added so far.</summary>
    public SegmentationFigures Figures() => new(images, Percent(right, labelled),
        (Percent(rightObject, unionObject) + Percent(rightBackground, unionBackground)) / 2, images == 0 ? 0 : 100 * precision / images);

    private static double Percent(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;
}
