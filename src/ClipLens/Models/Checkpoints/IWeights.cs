using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>Type and shape of a stored tensor.</summary>
internal sealed record StoredTensor(ElementType Type, IReadOnlyList<long> Shape);

/// <summary>Where a tensor's values lie in a file, row-major without gaps.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">The first byte, from the start of the file.</param>
/// <param name="Name">The name that the file gives the tensor.</param>
/// <param name="Type">The type of the values.</param>
/// <param name="Shape">The shape.</param>
internal sealed record StoredPlace(FileBytes File, long Offset, string Name, ElementType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Bytes of the values.</summary>
    public long Bytes => TensorBytes.Count(Shape) * Type.Size();
}

/// <summary>The tensors of a checkpoint under the names that its files give them, whatever the file format.</summary>
internal interface IWeights : IDisposable
{
    /// <summary>All tensors' types and shapes by name.</summary>
    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The open files, in order.</summary>
    IEnumerable<FileBytes> Files { get; }

    /// <summary>What a person should know about how the tensors were found, in sentences.</summary>
    IEnumerable<string> Notes => [];

    /// <summary>Where a tensor's values lie; null where they do not lie together, or where another tensor lies there too.</summary>
    StoredPlace? PlaceOf(string name);

    /// <summary>Copies a tensor out of the files, in the type that they hold; the caller owns it.</summary>
    Tensor LoadStored(string name);
}
