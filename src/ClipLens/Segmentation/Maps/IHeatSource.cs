using ClipLens.Models;
using static TorchSharp.torch;

namespace ClipLens.Segmentation.Maps;

/// <summary>A way to tell how much each patch of an image speaks for a direction of the joint space.</summary>
internal interface IHeatSource
{
    /// <summary>What a forward pass must keep for it.</summary>
    TraceRequest Request { get; }

    /// <summary>The heat of every patch.</summary>
    /// <param name="trace">The forward pass of B images on a grid of n patches.</param>
    /// <param name="directions">C directions of unit length: [C, d].</param>
    /// <returns>In no particular unit: [B, C, n].</returns>
    Tensor Maps(ForwardTrace trace, Tensor directions);
}
