using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ClipLens.Files;

/// <summary>A safetensors file: opening it reads the header only, a tensor's bytes are read when it is loaded.</summary>
public sealed class SafeTensorsFile : IDisposable
{
    private readonly FileBytes file;
    private readonly Dictionary<string, SafeTensorEntry> byName;

    private SafeTensorsFile(FileBytes file, List<SafeTensorEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        this.file = file;
        Tensors = tensors;
        Metadata = metadata;
        byName = tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="ClipLensException">It is not there, or not a whole and consistent safetensors file.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var file = new FileBytes(path);
        try
        {
            var (tensors, metadata) = SafeTensorsHeader.Read(file);
            return new SafeTensorsFile(file, tensors, metadata);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>The file itself.</summary>
    internal FileBytes File => file;

    /// <summary>The tensors in the order of their bytes.</summary>
    internal IReadOnlyList<SafeTensorEntry> Tensors { get; }

    /// <summary>The file's metadata, strings by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors' names in the order of their bytes.</summary>
    public IEnumerable<string> Names => Tensors.Select(tensor => tensor.Name);

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => byName.ContainsKey(name);

    internal bool TryGet(string name, [NotNullWhen(true)] out SafeTensorEntry? tensor) => byName.TryGetValue(name, out tensor);

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="ClipLensException">There is none.</exception>
    internal SafeTensorEntry this[string name] => byName.TryGetValue(name, out var tensor) ? tensor
        : throw new ClipLensException($"{Path} has no tensor '{name}'.");

    /// <summary>
    /// Loads a tensor: floating-point types as float32, integers and booleans in their own type. The caller owns the result (it joins
    /// the current dispose scope).
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The shape that it must have; none to take any.</param>
    /// <exception cref="ClipLensException">There is none, torch does not know its type, or its shape differs.</exception>
    public Tensor Load(string name, params ReadOnlySpan<long> shape)
    {
        var entry = this[name];
        CheckShape(entry, shape);
        var stored = LoadStored(name);
        if (!entry.Type.IsFloat() || entry.Type == ElementType.Float32) return stored;
        using (stored) return stored.to(ScalarType.Float32);
    }

    /// <summary>Loads a tensor in the type that the file holds; the caller owns it.</summary>
    /// <exception cref="ClipLensException">There is none, or torch does not know its type.</exception>
    public Tensor LoadStored(string name)
    {
        var entry = this[name];
        if (entry.Type.Torch() is not { } type)
            throw new ClipLensException($"{Path} has the tensor '{name}' of the type {entry.Type.SafeTensorsName()}, which is not "
            + "supported here.");
        var tensor = TensorBytes.ToTensor(file, entry.Offset, type, [.. entry.Shape]);
        file.CheckUnchanged();
        return tensor;
    }

    /// <summary>A tensor's bytes as the file has them, little-endian and row-major.</summary>
    /// <exception cref="ClipLensException">There is no such tensor, or it is larger than 2 GB.</exception>
    internal byte[] Bytes(string name)
    {
        var entry = this[name];
        if (entry.Bytes > int.MaxValue)
            throw new ClipLensException($"{Path} has the tensor '{name}' with {entry.Bytes} bytes, too large to be read at once.");
        return file.Read(entry.Offset, (int)entry.Bytes);
    }

    /// <summary>A part of a tensor's values, of the type that the file holds.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="start">The first element, counted row-major.</param>
    /// <param name="count">How many elements.</param>
    internal T[] Values<T>(string name, long start, int count) where T : unmanaged
    {
        var entry = this[name];
        CheckType<T>(entry);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Bytes / entry.Type.Size() - count);
        return file.Read<T>(entry.Offset + start * entry.Type.Size(), count);
    }

    /// <summary>All values of a tensor of exactly this type.</summary>
    /// <exception cref="ClipLensException">There is no such tensor, or it has another type.</exception>
    public T[] Read<T>(string name) where T : unmanaged
    {
        var entry = this[name];
        CheckType<T>(entry);
        var result = new T[entry.Bytes / entry.Type.Size()];
        file.CopyTo(entry.Offset, MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }

    /// <summary>All values of a floating-point tensor as float32, row-major.</summary>
    /// <exception cref="ClipLensException">There is no such tensor, or it holds no floating-point numbers.</exception>
    public float[] ReadFloats(string name)
    {
        var entry = this[name];
        var result = new float[entry.Bytes / entry.Type.Size()];
        ReadFloats(name, 0, result);
        return result;
    }

    /// <summary>A part of a floating-point tensor as float32: as many values as <paramref name="result"/> holds.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="start">The first element, counted row-major.</param>
    /// <param name="result">Takes the values.</param>
    /// <exception cref="ClipLensException">There is no such tensor, or it holds no floating-point numbers.</exception>
    public void ReadFloats(string name, long start, Span<float> result)
    {
        var entry = this[name];
        if (!entry.Type.IsFloat()) throw WrongType(entry, "floating-point numbers");
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Bytes / entry.Type.Size() - result.Length);
        TensorBytes.ToFloats(file, entry.Offset + start * entry.Type.Size(), entry.Type, result);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void CheckType<T>(SafeTensorEntry entry) where T : unmanaged
    {
        if (entry.Type != ElementTypes.For<T>()) throw WrongType(entry, ElementTypes.For<T>().SafeTensorsName());
    }

    private ClipLensException WrongType(SafeTensorEntry entry, string expected) =>
        new($"{Path} has the tensor '{entry.Name}' of the type {entry.Type.SafeTensorsName()}, where {expected} is expected.");

    /// <summary>Makes sure that a tensor has a shape.</summary>
    /// <exception cref="ClipLensException">There is no such tensor, or its shape differs.</exception>
    internal void CheckShape(string name, params ReadOnlySpan<long> shape) => CheckShape(this[name], shape);

    private void CheckShape(SafeTensorEntry entry, ReadOnlySpan<long> shape)
    {
        if (shape.Length > 0 && !shape.SequenceEqual([.. entry.Shape]))
        {
            throw new ClipLensException($"{Path} has the tensor '{entry.Name}' of shape {entry.ShapeText}, "
                + $"where {SafeTensorEntry.ShapeOf(shape.ToArray())} is expected.");
        }
    }
}
