using static TorchSharp.torch;

namespace ClipLens.Models;

/// <summary>Weights in one safetensors file, or in several shards.</summary>
internal sealed class SafeTensorsWeights : IWeights
{
    private readonly List<SafeTensorsFile> _files = [];
    private readonly Dictionary<string, SafeTensorsFile> _fileOf = [];
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    /// <summary>Opens the files.</summary>
    /// <exception cref="ClipLensException">One is broken, or a tensor is in two of them.</exception>
    public SafeTensorsWeights(IReadOnlyList<string> paths)
    {
        try
        {
            foreach (string path in paths) Add(SafeTensorsFile.Open(path));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    public Tensor LoadStored(string name) => _fileOf[name].LoadStored(name);

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(SafeTensorsFile file)
    {
        _files.Add(file);
        foreach (var tensor in file.Tensors)
        {
            if (!_fileOf.TryAdd(tensor.Name, file))
                throw new ClipLensException($"{file.Path} holds the tensor '{tensor.Name}', which {_fileOf[tensor.Name].Path} holds too.");
            _tensors[tensor.Name] = new StoredTensor(tensor.Type, tensor.Shape);
        }
    }
}
