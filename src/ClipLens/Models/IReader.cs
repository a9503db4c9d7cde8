using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>An attention that carries what is in the stream at the tokens to the place that is read out: of a block, or the
/// pool's.</summary>
internal interface IReader
{
    /// <summary>Its heads.</summary>
    int Heads { get; }

    /// <summary>What the heads take of a token's stream, once the statistics of the norm before them are fixed: values are Matrix x / sigma
    /// - (mu / sigma) times the sum of its columns + Bias. Matrix [heads together, d'], made anew.</summary>
    (Tensor Matrix, Tensor Bias) Values();

    /// <summary>How what the heads gathered is written.</summary>
    WriteMap Output { get; }
}
