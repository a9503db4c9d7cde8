using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>The memory of contiguous CPU tensors, without a copy.</summary>
internal static class TensorMemory
{
    /// <summary>The values of a contiguous float32 tensor; valid as long as the tensor lives.</summary>
    public static Span<float> Floats(this Tensor tensor) => Values<float>(tensor, ScalarType.Float32);

    /// <summary>The values of a contiguous float64 tensor; valid as long as the tensor lives.</summary>
    public static Span<double> Doubles(this Tensor tensor) => Values<double>(tensor, ScalarType.Float64);

    private static Span<T> Values<T>(Tensor tensor, ScalarType type) where T : unmanaged
    {
        if (tensor.dtype != type || !tensor.is_contiguous()) throw new ArgumentException($"The tensor is not a contiguous {type}.");
        return MemoryMarshal.Cast<byte, T>(tensor.bytes);
    }
}
