using ClipLens.Files;
using ClipLens.Models.Checkpoints.Torch;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints;

/// <summary>Weights in one of PyTorch's zip files, or in several shards.</summary>
internal sealed class TorchWeights : IWeights
{
    private readonly List<TorchArchive> files = [];
    private readonly Dictionary<string, TorchArchive> fileOf = [];
    private readonly Dictionary<string, StoredTensor> tensors = [];

    /// <summary>Opens the files.</summary>
    /// <exception cref="ClipLensException">One is broken, or a tensor is in two of them.</exception>
    public TorchWeights(IReadOnlyList<string> paths)
    {
        try
        {
            foreach (string path in paths) Add(TorchArchive.Open(path, ClipNames.IsMark));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, StoredTensor> Tensors => tensors;

    public IEnumerable<FileBytes> Files => files.Select(file => file.File);

    /// <summary>Whether this is a TorchScript archive, a program with its weights.</summary>
    public bool IsTorchScript => files.Exists(file => file.IsTorchScript);

    /// <summary>Where the tensors were found, where that is not plain.</summary>
    public IEnumerable<string> Notes => files.Where(file => file.State.Others.Count > 0).Select(file =>
        $"{file.Path} holds several sets of weights; the one under '{file.State.Key}' is used, not "
        + $"{string.Join(", ", file.State.Others.Take(4).Select(key => $"'{key}'"))}.");

    public StoredPlace? PlaceOf(string name) => fileOf[name].PlaceOf(name);

    public Tensor LoadStored(string name) => fileOf[name].LoadStored(name);

    public void Dispose() => files.ForEach(file => file.Dispose());

    private void Add(TorchArchive file)
    {
        files.Add(file);
        foreach (var (name, tensor) in file.Tensors)
        {
            if (!fileOf.TryAdd(name, file))
                throw new ClipLensException($"{file.Path} holds the tensor '{name}', which {fileOf[name].Path} holds too.");
            tensors[name] = new StoredTensor(tensor.Storage.Type, tensor.Shape);
        }
    }
}
