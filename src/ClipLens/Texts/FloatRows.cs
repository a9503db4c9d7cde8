using static TorchSharp.torch;

namespace ClipLens.Texts;

/// <summary>
/// The rows of a contiguous float32 matrix on the CPU, seen in place. Unlike a span it can be handed to other threads; the
/// tensor must outlive it.
/// </summary>
internal readonly unsafe struct FloatRows
{
    private readonly float* data;
    private readonly int width;

    public FloatRows(Tensor matrix)
    {
        if (matrix.dtype != ScalarType.Float32 || matrix.dim() != 2 || !matrix.is_contiguous() || matrix.is_cuda)
            throw new ArgumentException("A contiguous float32 matrix on the CPU is needed.", nameof(matrix));
        // Memory of libtorch: the garbage collector does not move it.
        fixed (byte* data = matrix.bytes) this.data = (float*)data;
        width = (int)matrix.shape[1];
    }

    public Span<float> this[int row] => new(data + (long)row * width, width);
}
