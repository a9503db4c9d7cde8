using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>A pool of texts.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Embeddings">[M, d].</param>
internal sealed record EmbeddedPool(string Name, Tensor Embeddings);
