using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>Weights in one safetensors file, or in several shards.</summary>
internal sealed class SafeTensorsWeights : IWeights
{
    private readonly List<SafeTensorsFile> files = [];
    private readonly Dictionary<string, SafeTensorsFile> fileOf = [];
    private readonly Dictionary<string, StoredTensor> tensors = [];

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

    public IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    public IEnumerable<FileBytes> Files => files.Select(file => file.File);

    public StoredPlace? PlaceOf(string name)
    {
        var entry = fileOf[name][name];
        return new(fileOf[name].File, entry.Offset, name, entry.Type, entry.Shape);
    }

    public Tensor LoadStored(string name) => fileOf[name].LoadStored(name);

    public void Dispose() => files.ForEach(file => file.Dispose());

    private void Add(SafeTensorsFile file)
    {
        files.Add(file);
        foreach (var tensor in file.Tensors)
        {
            if (!fileOf.TryAdd(tensor.Name, file))
                throw new ClipLensException($"{file.Path} holds the tensor '{tensor.Name}', which {fileOf[tensor.Name].Path} holds too.");
            tensors[tensor.Name] = new StoredTensor(tensor.Type, tensor.Shape);
        }
    }
}
