namespace ClipLens.Neurons;

/// <summary>What became of one image of a dataset.</summary>
/// <param name="Sha256">SHA-256 of the file's bytes in hexadecimal; empty where they could not be read.</param>
/// <param name="Error">Why the image could not be used; null where it was.</param>
public sealed record ImageOutcome(string Sha256, string? Error);

/// <summary>A stretch of a dataset, ready for the image tower.</summary>
/// <param name="Indices">Indices in the dataset of the images that could be read.</param>
/// <param name="Pixels">Their preprocessed pixels, [3, size, size] each, one after the other.</param>
/// <param name="Outcomes">The outcome of every image of the stretch, in order, readable or not.</param>
internal sealed record DatasetStretch(IReadOnlyList<int> Indices, float[] Pixels, IReadOnlyList<ImageOutcome> Outcomes);

/// <summary>A dataset as the passes over it see it.</summary>
/// <param name="Count">Images, readable or not.</param>
/// <param name="Read">Reads <c>count</c> images from index <c>first</c>; called on several threads.</param>
internal sealed record DatasetSource(int Count, Func<int, int, DatasetStretch> Read);
