using static TorchSharp.torch;

namespace ClipLens.Models.Images;

/// <summary>What became of one image of a dataset.</summary>
/// <param name="Sha256">SHA-256 of the file's bytes, in lower-case hexadecimal; null where the file itself could not be read.</param>
/// <param name="Error">Why the image could not be used, in one sentence that names it; null where it was.</param>
public sealed record ImageOutcome(string? Sha256, string? Error);

/// <summary>A stretch of a dataset, ready for the image tower.</summary>
/// <param name="Start">Position in the dataset where the stretch begins.</param>
/// <param name="Indices">Positions in the dataset of the images that could be read, ascending.</param>
/// <param name="Outcomes">What became of every image of the stretch, in order.</param>
/// <param name="Pixels">The inputs of those that could be read, float32 [Indices.Count, 3, size, size]; the tensor is the caller's
/// dispose scope's.</param>
public sealed record ImageBatch(int Start, IReadOnlyList<int> Indices, IReadOnlyList<ImageOutcome> Outcomes, Tensor Pixels);
