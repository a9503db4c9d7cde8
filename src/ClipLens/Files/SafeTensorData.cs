using static TorchSharp.torch;

namespace ClipLens.Files;

/// <summary>A named tensor to write, from torch or from an array.</summary>
public sealed class SafeTensorData
{
    private readonly Action<SafeTensorsWriter> write;

    private SafeTensorData(SafeTensorSpec spec, Action<SafeTensorsWriter> write)
    {
        Spec = spec;
        this.write = write;
    }

    internal SafeTensorSpec Spec { get; }

    /// <summary>A torch tensor, written in its own type; it must live until the file is written.</summary>
    public static SafeTensorData From(string name, Tensor values)
    {
        var type = ElementTypes.FromTorch(values.dtype)
            ?? throw new ArgumentException($"safetensors has no element type for {values.dtype}.", nameof(values));
        return new(new SafeTensorSpec(name, type, values.shape), writer => writer.Write(name, values));
    }

    /// <summary>An array, row-major, with the shape given; without one, a vector.</summary>
    public static SafeTensorData From<T>(string name, T[] values, params long[] shape) where T : unmanaged =>
        From(name, (ReadOnlyMemory<T>)values, shape);

    /// <summary>Values in memory, row-major, with the shape given; without one, a vector.</summary>
    public static SafeTensorData From<T>(string name, ReadOnlyMemory<T> values, params long[] shape) where T : unmanaged
    {
        if (shape.Length == 0) shape = [values.Length];
        if (TensorBytes.Count(shape) != values.Length)
            throw new ArgumentException($"{values.Length} values do not fill the shape {SafeTensorEntry.ShapeOf(shape)}.", nameof(shape));
        return From(name, values, (IReadOnlyList<long>)shape);
    }

    /// <summary>A single value, of shape [].</summary>
    public static SafeTensorData Scalar<T>(string name, T value) where T : unmanaged =>
        From(name, (ReadOnlyMemory<T>)new[] { value }, (IReadOnlyList<long>)[]);

    private static SafeTensorData From<T>(string name, ReadOnlyMemory<T> values, IReadOnlyList<long> shape) where T : unmanaged =>
        new(new SafeTensorSpec(name, ElementTypes.For<T>(), shape), writer => writer.Write(name, values.Span));

    /// <summary>Writes all values; the writer must have been created with <see cref="Spec"/> at this place.</summary>
    internal void WriteTo(SafeTensorsWriter writer) => write(writer);
}
