using ClipLens.Compute;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>Loads a checkpoint's weights to where the model computes.</summary>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Placement">Where, and in which type.</param>
internal sealed record PlacedWeights(Checkpoint Checkpoint, Placement Placement)
{
    public ClipConfig Config => Checkpoint.Config;

    /// <summary>A weight of the forward pass, in its type; the caller owns it.</summary>
    public Tensor Load(string name, params long[] shape) => Placement.Place(Checkpoint.LoadTensor(name, shape));

    /// <summary>A weight that results are read off with, in float32; the caller owns it.</summary>
    public Tensor LoadSingle(string name, params long[] shape) => Placement.PlaceSingle(Checkpoint.LoadTensor(name, shape));
}
