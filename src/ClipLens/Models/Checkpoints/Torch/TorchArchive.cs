using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>
/// A file of <c>torch.save</c> or <c>torch.jit.save</c>: a zip archive with one pickle that describes the tensors and one stored
/// file for each block of memory. A tensor's bytes are read when it is loaded.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    // Descriptions are some 200 bytes a tensor; an optimizer's state comes to a few megabytes. PyTorch stores the pickle as it is, and
    // OpenAI's, which are packed, unpack to some hundred kilobytes.
    private const int LongestPickle = 64 << 20, LongestPacked = 8 << 20;

    private readonly FileBytes file;
    private readonly Dictionary<string, ZipEntry> entries;
    private readonly string folder;

    private TorchArchive(FileBytes file, Func<string, bool>? isSought)
    {
        this.file = file;
        entries = ZipDirectory.Read(file);
        folder = Folder();
        CheckByteOrder();
        IsTorchScript = entries.Keys.Any(name => name.StartsWith(folder + "code/", StringComparison.Ordinal));
        var described = entries[folder + "data.pkl"];
        byte[] pickle = ZipDirectory.Unpack(file, described, described.IsStored ? LongestPickle : LongestPacked);
        State = StateDict.Read(PickleReader.Read(pickle, file.Path), file.Path, isSought);
        foreach (var (name, tensor) in Tensors) CheckStorage(name, tensor.Storage);
    }

    /// <summary>Opens an archive and reads its description of the tensors.</summary>
    /// <exception cref="ClipLensException">It is damaged, holds no state dict, or its pickle does more than describe tensors.</exception>
    /// <param name="path">The file.</param>
    /// <param name="isSought">Whether a tensor of this name belongs to the model sought; of several state dicts its own is taken.</param>
    public static TorchArchive Open(string path, Func<string, bool>? isSought = null)
    {
        var file = new FileBytes(path);
        try
        {
            return new TorchArchive(file, isSought);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Path => file.Path;

    /// <summary>The file itself.</summary>
    public FileBytes File => file;

    public bool IsTorchScript { get; }

    /// <summary>The state dict, and where it was found.</summary>
    public StateDict State { get; }

    /// <summary>The state dict's tensors by name.</summary>
    public IReadOnlyDictionary<string, PickleTensor> Tensors => State.Tensors;

    /// <summary>Copies a tensor out of the archive, in the type that it holds; the caller owns it.</summary>
    public Tensor LoadStored(string name)
    {
        var loaded = Copy(Tensors[name]);
        file.CheckUnchanged();
        return loaded;
    }

    /// <summary>Where a tensor's values lie; null where they are strided, or where another tensor lies there too.</summary>
    public StoredPlace? PlaceOf(string name)
    {
        var tensor = Tensors[name];
        bool isShared = Tensors.Any(other => other.Key != name && other.Value.Storage.Key == tensor.Storage.Key
            && other.Value.Offset < tensor.Offset + tensor.Extent && tensor.Offset < other.Value.Offset + other.Value.Extent);
        if (isShared || !IsContiguous(tensor)) return null;
        var type = tensor.Storage.Type;
        return new(file, entries[StorageName(tensor.Storage)].Offset + tensor.Offset * type.Size(), name, type, tensor.Shape);
    }

    public void Dispose() => file.Dispose();

    private Tensor Copy(PickleTensor tensor)
    {
        var entry = entries[StorageName(tensor.Storage)];
        var type = tensor.Storage.Type.Torch()!.Value;
        long offset = entry.Offset + tensor.Offset * tensor.Storage.Type.Size();
        if (IsContiguous(tensor)) return TensorBytes.ToTensor(file, offset, type, tensor.Shape);
        using var span = TensorBytes.ToTensor(file, offset, type, [tensor.Extent]);
        using var view = span.as_strided(tensor.Shape, tensor.Strides);
        return view.contiguous();
    }

    private static bool IsContiguous(PickleTensor tensor)
    {
        long step = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != step) return tensor.Shape.Contains(0);
            step *= tensor.Shape[i];
        }
        return true;
    }

    private string StorageName(PickleStorage storage) => $"{folder}data/{storage.Key}";

    // Everything lies in one folder, whose name is that of the file when it was saved.
    private string Folder()
    {
        string? pickle = entries.Keys.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal)
            && name.IndexOf('/') == name.Length - 9);
        return pickle?[..^"data.pkl".Length] ?? throw new ClipLensException(
            $"{Path} is a zip archive, but not one of PyTorch's: it has no data.pkl.");
    }

    private void CheckByteOrder()
    {
        if (entries.TryGetValue(folder + "byteorder", out var entry) && !ZipDirectory.Unpack(file, entry, 16).AsSpan()
            .SequenceEqual("little"u8))
            throw new ClipLensException($"{Path} was saved on a big-endian machine; save it again on a little-endian one.");
    }

    private void CheckStorage(string name, PickleStorage storage)
    {
        if (!entries.TryGetValue(StorageName(storage), out var entry))
            throw new ClipLensException($"{Path} has no data for the tensor '{name}'; get the file again.");
        if (!entry.IsStored)
            throw new ClipLensException($"{Path} holds the data of the tensor '{name}' compressed; PyTorch stores it plain: save the "
            + "checkpoint again with it.");
        if ((Int128)storage.Length * storage.Type.Size() > entry.Bytes)
            throw new ClipLensException($"{Path} has {entry.Bytes} bytes for the tensor '{name}', too few for {storage.Length} elements "
            + $"of {storage.Type}.");
    }
}
