using ClipLens.Models.Images;

namespace ClipLens.Segmentation.Scores;

/// <summary>
/// Masks of one object each, in either of the two ways that people save them: labels with 255 for what is ignored, or black and white,
/// where 255 is the object. Which it is shows in all of them together: labels have somewhere another number than 0 and 255.
/// </summary>
/// <param name="paths">The mask files.</param>
internal sealed class ObjectMasks(IReadOnlyList<string> paths)
{
    // More grey values than classes of one image: a soft edge between black and white.
    private const int SoftValues = 16;

    private readonly Lazy<bool> isBlackAndWhite =
        new(() => paths.All(path => !MaskDecoder.HasPalette(path) && IsBlackOrWhite(MaskDecoder.Decode(path))));

    /// <summary>Reads a mask: 0 background, 255 ignored, the rest object.</summary>
    /// <exception cref="ClipLensException">The file is no mask, or no pixel of it is of the object.</exception>
    public LabelMask Read(string path)
    {
        var mask = MaskDecoder.Decode(path);
        if (isBlackAndWhite.Value) mask = mask.Relabel(label => label == 0 ? label : (byte)1);
        int[] counts = new int[256];
        foreach (byte label in mask.Labels) counts[label]++;
        if (counts[0] + counts[SegmentationScore.Ignored] == mask.Labels.Length)
            throw new ClipLensException($"The mask {path} has no pixel of the object: its labels are "
            + $"{(counts[SegmentationScore.Ignored] == 0 ? "0 (background)" : "0 (background) and 255 (ignored)")} alone; "
                + "give the object another label, such as 1, or leave the image out.");
        if (!MaskDecoder.HasPalette(path) && counts[1..SegmentationScore.Ignored].Count(count => count > 0) >= SoftValues
            && counts[SegmentationScore.Ignored] > counts[1..SegmentationScore.Ignored].Sum())
            throw new ClipLensException($"The mask {path} looks like black and white with soft edges, of which 255 would be ignored; "
            + "save it with 0 for the background and 1 for the object.");
        return mask;
    }

    private static bool IsBlackOrWhite(LabelMask mask) => !mask.Labels.ContainsAnyExcept((byte)0, SegmentationScore.Ignored);
}
