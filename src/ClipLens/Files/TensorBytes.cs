using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipLens.Files;

/// <summary>Moves values between a file, torch tensors and arrays.</summary>
internal static class TensorBytes
{
    // Spans count in int; larger tensors are moved piece by piece, in pieces that many elements of any type fill.
    private const int Chunk = 1 << 26;

    private const int FloatsAtOnce = 1 << 16;

    /// <summary>Number of elements of a shape.</summary>
    /// <exception cref="OverflowException">The product is larger than a long.</exception>
    public static long Count(IReadOnlyList<long> shape)
    {
        long count = 1;
        foreach (long side in shape) count = checked(count * side);
        return count;
    }

    /// <summary>A tensor with the file's own type, copied from a file's bytes; the caller owns it.</summary>
    public static Tensor ToTensor(FileBytes file, long offset, ScalarType type, long[] shape)
    {
        var tensor = empty(shape, dtype: type);
        long bytes = tensor.numel() * tensor.element_size();
        if (bytes == 0) return tensor;
        using var flat = tensor.view(-1);
        for (long done = 0; done < bytes; done += Chunk)
        {
            int count = (int)Math.Min(Chunk, bytes - done);
            using var piece = Piece(flat, done, count);
            file.CopyTo(offset + done, piece.bytes);
        }
        return tensor;
    }

    /// <summary>Hands a tensor's bytes, row-major, to <paramref name="write"/> in pieces.</summary>
    public static void ForEachPiece(Tensor tensor, SpanAction write)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        long bytes = flat.numel() * flat.element_size();
        for (long done = 0; done < bytes; done += Chunk)
        {
            using var piece = Piece(flat, done, (int)Math.Min(Chunk, bytes - done));
            write(piece.bytes);
        }
    }

    public delegate void SpanAction(ReadOnlySpan<byte> bytes);

    /// <summary>A file's floats of any float type as float32.</summary>
    public static void ToFloats(FileBytes file, long offset, ElementType type, Span<float> result)
    {
        if (type == ElementType.Float32)
        {
            file.CopyTo(offset, MemoryMarshal.AsBytes(result));
            return;
        }
        for (int done = 0; done < result.Length; done += FloatsAtOnce)
        {
            var part = result.Slice(done, Math.Min(FloatsAtOnce, result.Length - done));
            long from = offset + (long)done * type.Size();
            switch (type)
            {
                case ElementType.Float64: Convert<double>(file, from, part, value => (float)value); break;
                case ElementType.Float16: Convert<Half>(file, from, part, value => (float)value); break;
                case ElementType.BFloat16:
                    Convert<ushort>(file, from, part, upper =>
                    BitConverter.UInt32BitsToSingle((uint)upper << 16)); break;
                default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
            }
        }
    }

    private static void Convert<T>(FileBytes file, long offset, Span<float> result, Func<T, float> convert) where T : unmanaged
    {
        T[] values = file.Read<T>(offset, result.Length);
        for (int i = 0; i < values.Length; i++) result[i] = convert(values[i]);
    }

    private static Tensor Piece(Tensor flat, long byteOffset, int byteCount)
    {
        long size = flat.element_size();
        return flat.narrow(0, byteOffset / size, byteCount / size);
    }
}
