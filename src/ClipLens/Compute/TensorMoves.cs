using TorchSharp;
using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>
/// Between devices. What computes on a model's device takes its inputs there with <see cref="On"/>, and what goes on in the processor's
/// memory brings them there with <see cref="ToHost"/>; nothing else moves a tensor. On the processor they cost nothing.
/// </summary>
internal static class TensorMoves
{
    /// <summary>The tensor on a device: itself if it is there.</summary>
    public static Tensor On(this Tensor tensor, Device device) =>
        tensor.device_type == device.type && (device.index < 0 || tensor.device_index == device.index) ? tensor : tensor.to(device);

    /// <summary>The tensor where another one is.</summary>
    public static Tensor With(this Tensor tensor, Tensor other) => tensor.On(other.device);

    /// <summary>The tensor in the processor's memory: itself if it is there.</summary>
    public static Tensor ToHost(this Tensor tensor) => tensor.device_type == DeviceType.CPU ? tensor : tensor.cpu();

    /// <summary>The tensor in float32: itself if it is that.</summary>
    public static Tensor Single(this Tensor tensor) => tensor.dtype == ScalarType.Float32 ? tensor : tensor.to(ScalarType.Float32);

    /// <summary>The tensor in another's type: itself if it has that.</summary>
    public static Tensor As(this Tensor tensor, Tensor other) => tensor.dtype == other.dtype ? tensor : tensor.to(other.dtype);

    /// <summary>The tensor where float64 can be had: Apple's GPU has none.</summary>
    public static Tensor Widenable(this Tensor tensor) => tensor.device_type == DeviceType.MPS ? tensor.cpu() : tensor;

    /// <summary>Indices of neurons, images or texts as an int64 tensor on a device.</summary>
    public static Tensor Indices(IEnumerable<int> values, Device device) => Indices([.. values.Select(value => (long)value)], device);

    /// <inheritdoc cref="Indices(IEnumerable{int}, Device)"/>
    public static Tensor Indices(long[] values, Device device) => tensor(values, device: CPU).On(device);

    /// <summary>Numbers as a float32 tensor on a device.</summary>
    public static Tensor Numbers(float[] values, long[] shape, Device device) => tensor(values, shape, device: CPU).On(device);
}
