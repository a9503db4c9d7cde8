using ClipLens.Models.Images;

namespace ClipLens.Segmentation.Scores;

/// <summary>An image, the class asked for in it, and where that class is.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Class">The class's name.</param>
/// <param name="Picture">Reads the image.</param>
/// <param name="Mask">Reads the mask, of the image's size: 0 background, 255 ignored, the rest object.</param>
public sealed record SegmentationSample(string Id, string Class, Func<RgbImage> Picture, Func<LabelMask> Mask);
