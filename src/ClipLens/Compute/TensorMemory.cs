using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipLens.Compute;

/// <summary>The memory of contiguous CPU tensors, without a copy.</summary>
internal static class TensorMemory
{
    /// <summary>The values of a contiguous float32 tensor; valid as long as the tensor lives.</summary>
    public static Span<float> Floats(this Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || !tensor.is_contiguous()) throw new ArgumentException("The tensor is not a contiguous "
            + "float32 one.");
        return MemoryMarshal.Cast<byte, float>(tensor.bytes);
    }
}
