using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>Type and shape of a stored tensor.</summary>
internal sealed record StoredTensor(ElementType Type, IReadOnlyList<long> Shape);

/// <summary>The tensors of a checkpoint under the names that its files give them, whatever the file format.</summary>
internal interface IWeights : IDisposable
{
    /// <summary>All tensors' types and shapes by name.</summary>
    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The open files, in order.</summary>
    IEnumerable<FileBytes> Files { get; }

    /// <summary>What a person should know about how the tensors were found, in sentences.</summary>
    IEnumerable<string> Notes => [];

    /// <summary>Copies a tensor out of the files, in the type that they hold; the caller owns it.</summary>
    Tensor LoadStored(string name);
}
