namespace ClipLens.Files;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape; empty for a single value.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="Bytes">How many bytes it has.</param>
internal sealed record SafeTensorEntry(string Name, ElementType Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>The shape as it is written in messages.</summary>
    public string ShapeText => ShapeOf(Shape);

    public static string ShapeOf(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
