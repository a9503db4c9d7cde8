using System.Collections.Immutable;
using ClipLens.Compute;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>A tower as the lens sees it: blocks that write to a residual stream, from which some attentions carry straight to what is
/// normed, projected and read out.</summary>
internal interface ITower
{
    /// <summary>The tower's shape.</summary>
    TowerShape Config { get; }

    /// <summary>Where the tower computes; what its trace keeps is there.</summary>
    Placement Placement { get; }

    Device Device => Placement.Device;

    /// <summary>Width d of the joint space.</summary>
    int EmbedDim { get; }

    IReadOnlyList<TransformerBlock> Blocks { get; }

    /// <summary>The attentions that carry from the tokens straight to what is read out, by the number under which a trace has
    /// them.</summary>
    IReadOnlyDictionary<int, IReader> Readers { get; }

    /// <summary>The numbers of <see cref="Readers"/> from one on, ascending.</summary>
    ImmutableHashSet<int> ReadersFrom(int first);

    /// <summary>
    /// How many parts share what the last norm and the projection add: all that write to the token that is read out; or, where an attention
    /// pools the tokens, it alone, with the MLP behind it if there is one.
    /// </summary>
    int FinalShares { get; }

    /// <summary>The norm before the output matrix; null where there is none.</summary>
    LayerNorm? FinalNorm { get; }

    /// <summary>The output matrix as open_clip stores it: [d', d].</summary>
    Tensor Projection { get; }

    /// <summary>What is added behind it: [d], where the model has it.</summary>
    Tensor? ProjectionBias { get; }

    /// <summary>The forward pass of a batch of inputs, with what is asked for kept; the tensors belong to the caller's dispose
    /// scope.</summary>
    ForwardTrace Trace(Tensor inputs, TraceRequest request);

    /// <summary>What others work out from the tower's weights once for all; disposed with the tower.</summary>
    T Companion<T>(Func<T> make) where T : class, IDisposable;
}
