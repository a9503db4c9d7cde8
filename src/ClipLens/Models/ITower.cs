using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>A tower as the lens sees it: blocks that write to a residual stream, one token of which is normed, projected and read
/// out.</summary>
internal interface ITower
{
    /// <summary>The tower's shape.</summary>
    TowerShape Config { get; }

    /// <summary>Width d of the joint space.</summary>
    int EmbedDim { get; }

    IReadOnlyList<TransformerBlock> Blocks { get; }

    /// <summary>Gain of the norm before the output.</summary>
    Tensor PostGain { get; }

    /// <summary>Its bias.</summary>
    Tensor PostBias { get; }

    /// <summary>The output matrix as open_clip stores it: [d', d].</summary>
    Tensor Projection { get; }

    /// <summary>The forward pass of a batch of inputs, with what is asked for kept; the tensors belong to the caller's dispose
    /// scope.</summary>
    ForwardTrace Trace(Tensor inputs, TraceRequest request);

    /// <summary>What others work out from the tower's weights once for all; disposed with the tower.</summary>
    T Companion<T>(Func<T> make) where T : class, IDisposable;
}
