using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>Weights in one of PyTorch's zip files, or in several shards.</summary>
internal sealed class TorchWeights : IWeights
{
    private readonly List<TorchArchive> _files = [];
    private readonly Dictionary<string, TorchArchive> _fileOf = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    /// <summary>Opens the files.</summary>
    /// <exception cref="ClipLensException">One is broken, or a tensor is in two of them.</exception>
    public TorchWeights(IReadOnlyList<string> paths)
    {
        try
        {
            foreach (string path in paths) Add(TorchArchive.Open(path));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Whether this is a TorchScript archive, a program with its weights.</summary>
    public bool IsTorchScript => _files.Exists(file => file.IsTorchScript);

    public Tensor LoadStored(string name) => _fileOf[name].LoadStored(name);

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(TorchArchive file)
    {
        _files.Add(file);
        foreach (var (name, tensor) in file.Tensors)
        {
            if (!_fileOf.TryAdd(name, file))
                throw new ClipLensException($"{file.Path} holds the tensor '{name}', which {_fileOf[name].Path} holds too.");
            _tensors[name] = new StoredTensor(tensor.Storage.Type, tensor.Shape);
        }
    }
}
